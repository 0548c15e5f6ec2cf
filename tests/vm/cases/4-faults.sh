# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What is below a device fails: its own initiator hears the truth, everybody else works on.

declare_case open_failure 45
case_open_failure() {
  start_daemon
  if create_device lost "$(DAEMON=$DAEMON config_of /scratch/missing/lost.img)" $((8 * MIB)); then fail 'enable succeeded'; fi
  [[ $(<"$CASE_DIR/errno") == 'No such file or directory' ]] || fail "enable: $(<"$CASE_DIR/errno")"
  [[ $DAEMON == c ]] || expect_log 10 '/scratch/missing'
  read_direct "$(disk found $((8 * MIB)))"
}
config_of() { case $DAEMON in ours) echo "file/$1" ;; c) echo "qcow/$1" ;; esac; }

declare_case unknown_subtype 45
case_unknown_subtype() {
  start_daemon
  if create_device foreign nosuch//scratch/x $((8 * MIB)); then fail 'enable of an unknown subtype succeeded'; fi
  [[ $(<"$CASE_DIR/errno") == 'No such file or directory' ]] || fail "enable: $(<"$CASE_DIR/errno")"
  # A prefix of a known subtype is another subtype.
  [[ $DAEMON == c ]] || { if create_device prefix fil//scratch/x $((8 * MIB)); then fail 'a prefix of a subtype was served'; fi; }
  # Another daemon's device, created without replies, is not ours to touch.
  create_device other nosuch//scratch/x $((8 * MIB)) nl_reply_supported=-1 || fail "enable without replies: $(<"$CASE_DIR/errno")"
  delete_device other
  read_direct "$(disk own $((8 * MIB)))"
}

declare_case bad_configurations 60
case_bad_configurations() {
  needs_ours 'checks little of its configuration'
  local config
  start_daemon
  mkdir -p /scratch/directory
  for config in file 'file/' 'file/relative' 'file//scratch/directory' 'file//scratch/a.img;nonsense' 'file//dev/zero' 'file//scratch/none.img;ro'; do
    if create_device bad "$config" $((8 * MIB)); then fail "'$config' was accepted"; fi
    echo "$config: $(<"$CASE_DIR/errno")"
  done
  daemon_running || fail 'the daemon died of a configuration'
}

declare_case open_failure_at_start 120
case_open_failure_at_start() {
  needs_ours 'forgets a device that does not open at its start'
  local disk other
  start_daemon
  disk=$(disk away $((8 * MIB)))
  other=$(disk there $((8 * MIB)))
  within 20 dd if=/dev/urandom of="$disk" bs=1M count=8 oflag=direct conv=fsync status=none
  stop_daemon
  mv /scratch/away.img /scratch/elsewhere
  start_daemon
  expect_log 15 'away'
  read_direct "$other"
  [[ ! -e /scratch/away.img ]] || fail 'an empty image was made in place of the missing one'
  mv /scratch/elsewhere /scratch/away.img
  wait_until 60 'the repaired device served' read_direct "$disk" 10
  within 20 cmp "$disk" /scratch/away.img
}

declare_case backing_file_removed 45
case_backing_file_removed() {
  local disk
  start_daemon
  disk=$(disk unlinked $((16 * MIB)))
  fio_job 40 "$disk" --rw=randrw --bs=4k --iodepth=8 --size=8M --time_based --runtime=6 --verify=crc32c --verify_backlog=64 &
  local load=$!
  pause 2
  rm /scratch/unlinked.img
  wait $load || fail 'an unlinked image stopped serving'
  delete_device unlinked || fail 'removal failed'
}

declare_case no_space 90
case_no_space() {
  local disk other said
  start_daemon
  mkdir -p /run/mnt/small
  mount -t tmpfs -o size=16M tmpfs /run/mnt/small
  create_device full "$(image /run/mnt/small/full.img $((64 * MIB)))" $((64 * MIB)) || fail "enable: $(<"$CASE_DIR/errno")"
  disk=$(export_device full)
  other=$(disk roomy $((32 * MIB)))
  if said=$(within 60 dd if=/dev/urandom of="$disk" bs=64k oflag=direct status=none 2>&1); then fail 'all 64 MiB fitted in 16'; fi
  note "application: ${said##*: }"
  if [[ $DAEMON == ours ]]; then
    [[ $said == *'No space left on device' ]] || fail "the application got: $said"
    head -c 65536 /dev/urandom >"$CASE_DIR/block"
    expect_sense '7 27/07' "$disk" -s 65536 -i "$CASE_DIR/block" 2a 00 00 01 e0 00 00 00 80 00
  fi
  fio_job 40 "$other" --rw=randrw --bs=4k --iodepth=8 --size=4M --verify=crc32c
  mount -o remount,size=96M /run/mnt/small
  within 60 dd if=/dev/urandom of="$disk" bs=64k oflag=direct status=none count=1024 || fail 'no write after space was made'
}

# mapped NAME MIB: a device-mapper device over a loop device, for failing and hanging at will.
mapped() {
  local loop
  modprobe dm-mod
  modprobe loop
  truncate -s "$2M" "/scratch/$1.backing"
  loop=$(losetup -f --show "/scratch/$1.backing")
  echo "$loop" >"$CASE_DIR/$1.loop"
  dmsetup create "$1" --table "0 $(($2 * 2048)) linear $loop 0"
  [[ -b /dev/mapper/$1 ]] || dmsetup mknodes "$1"
}
remap() { dmsetup suspend --noflush --nolockfs "$1" && dmsetup load "$1" --table "$2" && dmsetup resume "$1"; }

declare_case medium_errors 90
case_medium_errors() {
  needs_ours 'serves no block device in its qcow handler'
  local disk other half=$((16 * 2048)) loop said
  start_daemon
  mapped sick 32
  create_device sick "$(config_of /dev/mapper/sick)" $((32 * MIB)) || fail "enable over dm: $(<"$CASE_DIR/errno")"
  disk=$(export_device sick)
  other=$(disk healthy $((16 * MIB)))
  loop=$(<"$CASE_DIR/sick.loop")
  within 20 dd if=/dev/urandom of="$disk" bs=1M count=8 oflag=direct conv=fsync status=none
  remap sick "0 $half linear $loop 0
$half $half error"
  # Never read before, so that no cache can answer.
  if said=$(within 30 dd if="$disk" of=/dev/null bs=4k skip=6000 count=1 iflag=direct status=none 2>&1); then fail 'a bad block was read'; fi
  note "application: ${said##*: }"
  head -c 4096 /dev/urandom >"$CASE_DIR/block"
  expect_sense '3 11/00' "$disk" -r 4096 28 00 00 00 c0 00 00 00 08 00
  # With a write cache the write may be taken and the flush tell; FUA has to tell at once.
  expect_sense '3 0C/00' "$disk" -s 4096 -i "$CASE_DIR/block" 2a 08 00 00 c0 00 00 00 08 00
  within 20 dd if="$disk" of=/dev/null bs=1M count=8 iflag=direct status=none || fail 'the good half failed too'
  fio_job 40 "$other" --rw=randrw --bs=4k --iodepth=8 --size=4M --verify=crc32c
  remap sick "0 $((half * 2)) linear $loop 0"
  within 30 dd if=/dev/urandom of="$disk" bs=1M count=32 oflag=direct conv=fsync status=none || fail 'no write after the repair'
}

# hung_device: two devices, one over a suspended block device; sets `hung` and `other` to their disks.
hung_device() {
  mapped "$1" 32
  create_device "$1" "$(config_of "/dev/mapper/$1")" $((32 * MIB)) cmd_time_out=5 || fail "enable: $(<"$CASE_DIR/errno")"
  hung=$(export_device "$1")
  other=$(disk "beside_$1" $((16 * MIB)))
  read_direct "$hung"
  dmsetup suspend --noflush --nolockfs "$1"
}

declare_case hang 150
case_hang() {
  needs_ours 'serves no block device in its qcow handler'
  local hung other begin took
  start_daemon
  hung_device hanging
  begin=$(now_ms)
  within 90 dd if="$hung" of=/dev/null bs=4k skip=2000 count=1 iflag=direct status=none 2>"$CASE_DIR/reader" &
  local reader=$!
  fio_job 60 "$other" --rw=randrw --bs=4k --iodepth=8 --size=8M --time_based --runtime=8 --verify=crc32c --verify_backlog=64 ||
    fail 'the other device failed while one hung'
  if wait $reader; then fail 'a read of a hanging device succeeded'; fi
  took=$(($(now_ms) - begin))
  note "cmd_time_out 5 s: the reader got '$(sed 's/.*: //' "$CASE_DIR/reader")' within $took ms"
  dmsetup resume hanging
  wait_until 30 'the device after the hang' read_direct "$hung" 20
  within 30 dd if=/dev/urandom of="$hung" bs=1M count=32 oflag=direct conv=fsync status=none || fail 'no write after the hang'
}

declare_case stop_while_hanging 120
case_stop_while_hanging() {
  needs_ours 'serves no block device in its qcow handler'
  local hung other begin
  start_daemon
  hung_device stuck
  within 90 dd if="$hung" of=/dev/null bs=4k skip=2000 count=1 iflag=direct status=none 2>"$CASE_DIR/reader" &
  pause 1
  begin=$(now_ms)
  kill -TERM "$(daemon_pid)"
  expect_log 40 'tcmu-runner has stopped'
  note "SIGTERM with a hanging handler: stopped after $(($(now_ms) - begin)) ms"
  # No process ends while the kernel has one of its reads in an uninterruptible wait for the suspended disk.
  dmsetup resume stuck
  wait_until 20 'end of the daemon' process_gone "$(daemon_pid)"
  start_daemon
  read_direct "$other"
  wait_until 30 'the device after the restart' read_direct "$hung" 20
}
