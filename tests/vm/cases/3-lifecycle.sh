# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Devices change and go while they work.

set_size() { write_errno 30 "$2" "$(device_path "$1")/attrib/dev_size"; }
readonly TEST_UNIT_READY=(00 00 00 00 00 00)

declare_case resize 60
case_resize() {
  needs_ours 'has no resize in its qcow handler'
  local disk
  start_daemon
  disk=$(disk grow $((16 * MIB)))
  set_size grow $((32 * MIB))
  expect_sense '6 2A/09' "$disk" "${TEST_UNIT_READY[@]}"
  expect_sense good "$disk" "${TEST_UNIT_READY[@]}"
  echo 1 >"/sys/block/${disk#/dev/}/device/rescan"
  [[ $(blockdev --getsize64 "$disk") == $((32 * MIB)) ]] || fail "rescan shows $(blockdev --getsize64 "$disk") bytes"
  within 30 dd if=/dev/urandom of="$disk" bs=1M seek=16 count=16 oflag=direct status=none
  within 30 cmp "$disk" /scratch/grow.img
  # The size it already has is accepted (targetcli writes such), and is no change worth an attention.
  set_size grow $((32 * MIB))
  expect_sense good "$disk" "${TEST_UNIT_READY[@]}"
  if set_size grow 12345; then fail 'a size of 12345 bytes was accepted'; fi
  note "12345 bytes: $(<"$CASE_DIR/errno")"
  [[ $(<"$(device_path grow)/attrib/dev_size") == $((32 * MIB)) ]] || fail 'a refused size was stored'
}

declare_case resize_under_load 90
case_resize_under_load() {
  needs_ours 'has no resize in its qcow handler'
  local disk size
  start_daemon
  disk=$(disk grown $((32 * MIB)))
  fio_job 60 "$disk" --rw=randrw --bs=4k --iodepth=16 --size=24M --time_based --runtime=12 --verify=crc32c --verify_backlog=64 &
  local load=$!
  for size in 48 64 96 128; do
    pause 1
    set_size grown $((size * MIB))
    echo 1 >"/sys/block/${disk#/dev/}/device/rescan"
    [[ $(blockdev --getsize64 "$disk") == $((size * MIB)) ]] || fail "not $size MiB but $(blockdev --getsize64 "$disk") bytes"
    within 20 dd if=/dev/zero of="$disk" bs=64k seek=$((size * 16 - 16)) count=16 oflag=direct status=none
  done
  wait $load || fail 'I/O failed during the resizes'
}

# A block device cannot grow past its end: the writer of attrib/dev_size gets an errno and everything stays.
declare_case resize_refused 60
case_resize_refused() {
  needs_ours 'has no resize in its qcow handler'
  local disk backing
  modprobe loop
  truncate -s $((16 * MIB)) /scratch/backing
  backing=$(losetup -f --show /scratch/backing)
  start_daemon
  create_device refused "file/$backing" $((16 * MIB)) || fail "enable over a block device: $(<"$CASE_DIR/errno")"
  disk=$(export_device refused)
  if set_size refused $((64 * MIB)); then fail 'a size past the end of the block device was accepted'; fi
  note "past the end of a block device: $(<"$CASE_DIR/errno")"
  expect_sense good "$disk" "${TEST_UNIT_READY[@]}"
  [[ $(<"$(device_path refused)/attrib/dev_size") == $((16 * MIB)) ]] || fail 'a refused size was stored'
  within 30 dd if=/dev/urandom of="$disk" bs=1M oflag=direct count=16 status=none
}

declare_case write_cache_attribute 45
case_write_cache_attribute() {
  needs_ours 'answers EOPNOTSUPP in its qcow handler'
  local disk path kinds=('write through' 'write back')
  start_daemon
  disk=$(disk cache $((16 * MIB)))
  path=$(device_path cache)/attrib/emulate_write_cache
  local value
  value=$(<"$path")
  # To the value it has, as targetcli restoreconfig does.
  write_errno 30 "$value" "$path" || fail "writing back emulate_write_cache=$value: $(<"$CASE_DIR/errno")"
  for value in 1 0 1; do
    write_errno 30 "$value" "$path" || fail "emulate_write_cache=$value: $(<"$CASE_DIR/errno")"
    echo 1 >"/sys/block/${disk#/dev/}/device/rescan"
    [[ $(<"/sys/block/${disk#/dev/}/queue/write_cache") == "${kinds[value]}" ]] || fail "the disk does not show emulate_write_cache=$value"
    within 20 dd if=/dev/urandom of="$disk" bs=64k count=16 oflag=direct conv=fsync status=none
  done
}

declare_case remove_under_load 90
case_remove_under_load() {
  local disk load round
  start_daemon
  for round in 1 2 3; do
    disk=$(disk "gone$round" $((32 * MIB)))
    fio_job 60 "$disk" --rw=randrw --bs=4k --iodepth=32 --time_based --runtime=40 &
    load=$!
    local before
    before=$(completed_io "$disk")
    wait_until 20 'load' io_moved "$disk" $((before + 100))
    delete_device "gone$round" || fail 'removal failed or hung'
    wait_until 20 'end of fio' process_gone "$load"
    if wait "$load"; then fail 'fio saw no error although its disk went'; fi
  done
  wait_until 15 'no task in D state' no_stuck_tasks
}

# Created, enabled and removed without a fork where possible; every 20th is also exported and read.
cycle_devices() {
  local first=$1 last=$2 hba=$CORE/user_9999 turn path
  mkdir -p "$hba"
  for ((turn = first; turn <= last; turn++)); do
    if ((turn % 20 == 0)); then
      create_device "cycle$turn" "$(image /scratch/cycle.img $MIB)" $MIB || fail "enable: $(<"$CASE_DIR/errno")"
      read_direct "$(export_device "cycle$turn")" 20
      delete_device "cycle$turn" || fail "removal of cycle$turn"
      continue
    fi
    path=$hba/cycle$turn
    mkdir "$path"
    echo "dev_config=$(image /scratch/cycle.img $MIB),dev_size=$MIB" >"$path/control"
    echo 1 >"$path/enable"
    rmdir "$path"
  done
  rmdir "$hba"
}
# open files, threads, maps of UIO regions, all maps
footprint() {
  local pid uio all
  pid=$(daemon_pid)
  uio=$(grep -c /dev/uio "/proc/$pid/maps") || true
  all=$(wc -l <"/proc/$pid/maps")
  echo "$(count_in "/proc/$pid/fd") $(count_in "/proc/$pid/task") $uio $all $(status_kib "$pid" RssAnon)"
}
no_more_than() { local now; read -ra now < <(footprint); ((now[0] <= $1 && now[1] <= $2 && now[2] == 0)); }

declare_case cycles_1000 600
case_cycles_1000() {
  local before after
  start_daemon
  truncate -s $MIB /scratch/cycle.img
  cycle_devices 1 60
  read -ra before < <(footprint)
  cycle_devices 61 1060
  read -ra after < <(footprint)
  note "before: ${before[0]} files, ${before[1]} threads, ${before[3]} maps, RssAnon ${before[4]} KiB"
  note "after:  ${after[0]} files, ${after[1]} threads, ${after[3]} maps, RssAnon ${after[4]} KiB"
  # Thread pools may keep a spare; a leak would show a thousand.
  wait_until 20 'files, threads and maps back to what they were' no_more_than $((before[0] + 2)) $((before[1] + 4))
  ((after[3] <= before[3] + 100)) || fail "${before[3]} maps became ${after[3]}"
  ((after[4] <= before[4] + 30000)) || fail "RssAnon grew from ${before[4]} to ${after[4]} KiB"
}

declare_case devices_64 400
case_devices_64() {
  local index disks=() options=() one all
  start_daemon
  disks+=("$(disk many1 $((4 * MIB)))")
  read_direct "${disks[0]}"
  one=$(status_kib "$(daemon_pid)" RssAnon)
  for ((index = 2; index <= 64; index++)); do disks+=("$(disk "many$index" $((4 * MIB)))"); done
  for index in "${!disks[@]}"; do options+=(--name="d$index" --filename="${disks[index]}"); done
  within 120 fio --direct=1 --ioengine=libaio --thread --rw=randrw --bs=4k --iodepth=4 --size=512k --verify=crc32c --verify_fatal=1 \
    --minimal --output="$CASE_DIR/fio" "${options[@]}" || fail "fio: status $?"
  all=$(status_kib "$(daemon_pid)" RssAnon)
  note "RssAnon: $one KiB with one device, $(((all - one) / 63)) KiB for each of 63 more under I/O; $(count_in "/proc/$(daemon_pid)/task") threads"
}
