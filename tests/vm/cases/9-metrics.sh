# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The numbers of the disks, as an initiator's own commands make them.

metrics_page() { within 20 python3 -c 'import urllib.request; print(urllib.request.urlopen("http://127.0.0.1:9177/metrics").read().decode())' >"$CASE_DIR/page"; }
metric() { awk -v name="$1" '$1 == name {print $2}' "$CASE_DIR/page"; }

declare_case metrics_page 150
case_metrics_page() {
  needs_ours 'has no numbers'
  local disk before read written
  ! daemon_running || stop_daemon TERM 20
  cp $STATE/tcmu.conf "$CASE_DIR/tcmu.conf"
  printf 'metrics_listen = "127.0.0.1:9177"\nslow_command_ms = 1\n' >>$STATE/tcmu.conf
  start_daemon
  disk=$(disk counted $((64 * MIB)))
  metrics_page
  before=$(metric 'tcmu_device_io_bytes_total{device="file/counted",direction="write"}')
  within 60 dd if=/dev/zero of="$disk" bs=1M count=8 oflag=direct,dsync status=none
  within 60 dd if="$disk" of=/dev/null bs=1M count=16 iflag=direct status=none
  metrics_page
  written=$(metric 'tcmu_device_io_bytes_total{device="file/counted",direction="write"}')
  read=$(metric 'tcmu_device_io_bytes_total{device="file/counted",direction="read"}')
  ((written - before == 8 * MIB)) || fail "8 MiB were written, and $((written - before)) bytes counted"
  ((read >= 16 * MIB)) || fail "16 MiB were read, and $read bytes counted"
  [[ $(metric 'tcmu_device_serving{device="file/counted"}') == 1 ]] || fail 'the disk is not said to be served'
  (($(metric 'tcmu_device_ring_high_water_bytes{device="file/counted"}') > 0)) || fail 'the ring was never used'
  expect_log 20 'slow: .* of file/counted'
  note "$(case_log | grep -m1 -o 'slow: .*')"
  delete_device counted
  metrics_page
  ! grep -q 'file/counted' "$CASE_DIR/page" || fail 'a disk that has gone is still counted'
  stop_daemon TERM 20
  cp "$CASE_DIR/tcmu.conf" $STATE/tcmu.conf
}
