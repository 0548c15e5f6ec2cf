# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Disks with zones: what the kernel takes them for, and the file systems that are made for them.

# zbc_disk NAME OPTIONS MIB: a disk of the handler zbc; prints /dev/sdX.
zbc_disk() {
  local disk
  needs_ours 'is not asked for zones here'
  create_device "$1" "zbc/$2@/scratch/$1.img" $(($3 * MIB)) cmd_time_out=600 || fail "enable of $1: $(<"$CASE_DIR/errno")"
  disk=$(export_device "$1")
  wait_until 30 "zones of $1" test -s "/sys/block/${disk#/dev/}/queue/zoned"
  # A daemon that is killed and started again may be slow under emulation, and a file system takes an error for final.
  echo 600 >"/sys/block/${disk#/dev/}/device/timeout"
  echo "$disk"
}
queue() { cat "/sys/block/${1#/dev/}/queue/$2"; }
# condition DISK SECTOR: the two letters that blkzone prints for a zone.
condition() { blkzone report -o "$2" -c 1 "$1" | sed -n 's/.*zcond:[^(]*(\([a-z]*\)).*/\1/p'; }
expect_condition() { local is; is=$(condition "$1" "$2"); [[ $is == "$3" ]] || fail "zone at $2 is $is, not $3 ($4)"; }

declare_case zbc_kernel 120
case_zbc_kernel() {
  local disk zone=$((16 * 2048)) first
  start_daemon
  disk=$(zbc_disk zbck model-HM/zsize-16/conv-4/open-8 1024)
  [[ $(queue "$disk" zoned) == host-managed ]] || fail "the kernel takes it for $(queue "$disk" zoned)"
  [[ $(queue "$disk" chunk_sectors) == "$zone" ]] || fail "zones of $(queue "$disk" chunk_sectors) sectors"
  [[ $(queue "$disk" nr_zones) == 64 ]] || fail "$(queue "$disk" nr_zones) zones"
  [[ $(queue "$disk" max_open_zones) == 8 ]] || fail "$(queue "$disk" max_open_zones) zones may be open"
  first=$((5 * zone))
  expect_condition "$disk" $first em 'at first'
  within 20 blkzone open -o $first -c 1 "$disk" && expect_condition "$disk" $first oe 'after open'
  within 20 dd if=/dev/urandom of="$disk" bs=64k count=4 seek=$((first / 128)) oflag=direct status=none || fail 'write at the write pointer'
  within 20 blkzone close -o $first -c 1 "$disk" && expect_condition "$disk" $first cl 'after close'
  within 20 blkzone finish -o $first -c 1 "$disk" && expect_condition "$disk" $first fu 'after finish'
  within 20 blkzone reset -o $first -c 1 "$disk" && expect_condition "$disk" $first em 'after reset'
  ! within 20 dd if=/dev/zero of="$disk" bs=64k count=1 seek=$((first / 128 + 1)) oflag=direct status=none 2>/dev/null || fail 'a write beyond the write pointer succeeded'
  # Eight zones open, and not nine.
  for ((zone_number = 10; zone_number < 18; zone_number++)); do within 20 blkzone open -o $((zone_number * zone)) -c 1 "$disk" || fail "open of zone $zone_number"; done
  ! within 20 blkzone open -o $((18 * zone)) -c 1 "$disk" 2>/dev/null || fail 'a ninth zone was opened'
  within 20 blkzone reset "$disk" || fail 'reset of all zones'
  [[ $(blkzone report "$disk" | grep -c 'zcond: 1(em)') == 60 ]] || fail 'not every zone is empty after a reset of all'
}

declare_case zbc_sg 120
case_zbc_sg() {
  local disk
  start_daemon
  disk=$(zbc_disk zbcs model-HA/zsize-4/conv-2 64)
  within 20 sg_vpd --page=zbdch "$disk" >"$CASE_DIR/said" 2>&1 || fail "sg_vpd: $(tail -1 "$CASE_DIR/said")"
  within 20 sg_rep_zones "$disk" >"$CASE_DIR/zones" 2>&1 || fail "sg_rep_zones: $(tail -1 "$CASE_DIR/zones")"
  within 20 sg_zone --open --zone=0x4000 "$disk" || fail 'sg_zone --open'
  within 20 sg_reset_wp --zone=0x4000 "$disk" || fail 'sg_reset_wp'
  expect_sense '5 24/00' "$disk" 94 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  expect_sense '5 21/00' "$disk" 94 03 00 00 00 00 00 0f 00 00 00 00 00 00 00 00
}

# zoned_tree DISK DIR: fills a mounted file system while the daemon is killed and started again.
zoned_tree() {
  local dir=$1
  within 120 cp -r "$TREE/asyncio" "$TREE/json" "$dir/"
  stop_daemon KILL
  (within 120 cp -r "$TREE/email" "$dir/" && sync -f "$dir") &
  local writer=$!
  pause 1
  start_daemon
  wait $writer || fail 'writes did not survive the death of the daemon'
  checksums "$dir" >"$CASE_DIR/before"
}

declare_case zbc_f2fs 240
case_zbc_f2fs() {
  command -v mkfs.f2fs >/dev/null || skip 'mkfs.f2fs is not installed (f2fs-tools)'
  modprobe f2fs || skip 'the kernel has no f2fs'
  local disk dir=/run/mnt/f2fs
  start_daemon
  disk=$(zbc_disk zbcf model-HM/zsize-16/conv-16 1024)
  within 60 mkfs.f2fs -q -f -m "$disk" >"$CASE_DIR/mkfs" 2>&1 || fail "mkfs.f2fs: $(tail -1 "$CASE_DIR/mkfs")"
  mkdir -p $dir
  within 30 mount "$disk" $dir || fail "mount: $(dmesg | tail -1)"
  zoned_tree $dir
  within 60 umount $dir
  drop_caches
  within 30 mount "$disk" $dir || fail "mount again: $(dmesg | tail -1)"
  checksums $dir >"$CASE_DIR/after"
  cmp "$CASE_DIR/before" "$CASE_DIR/after" || fail 'files differ'
  within 60 umount $dir
  within 90 fsck.f2fs "$disk" >"$CASE_DIR/fsck" 2>&1 || fail "fsck.f2fs: $(tail -1 "$CASE_DIR/fsck")"
  ! grep -q '\[FIX\]\|\[ASSERT\]' "$CASE_DIR/fsck" || fail "fsck.f2fs found damage: $(grep -m1 'FIX\|ASSERT' "$CASE_DIR/fsck")"
}

declare_case zbc_btrfs 240
case_zbc_btrfs() {
  command -v mkfs.btrfs >/dev/null || skip 'mkfs.btrfs is not installed (btrfs-progs)'
  modprobe btrfs || skip 'the kernel has no btrfs'
  local disk dir=/run/mnt/btrfs
  start_daemon
  disk=$(zbc_disk zbcb model-HM/zsize-16/conv-1 1024)
  within 60 mkfs.btrfs -q -f -O zoned -d single -m single "$disk" >"$CASE_DIR/mkfs" 2>&1 || fail "mkfs.btrfs: $(tail -1 "$CASE_DIR/mkfs")"
  mkdir -p $dir
  within 60 mount "$disk" $dir || fail "mount: $(dmesg | tail -1)"
  zoned_tree $dir
  within 60 umount $dir
  drop_caches
  within 60 mount "$disk" $dir || fail "mount again: $(dmesg | tail -1)"
  checksums $dir >"$CASE_DIR/after"
  cmp "$CASE_DIR/before" "$CASE_DIR/after" || fail 'files differ'
  within 60 umount $dir
  within 90 btrfs check "$disk" >"$CASE_DIR/fsck" 2>&1 || fail "btrfs check: $(tail -1 "$CASE_DIR/fsck")"
}

declare_case zbc_fio 240
case_zbc_fio() {
  local disk writer
  start_daemon
  disk=$(zbc_disk zbcv model-HM/zsize-4/conv-1/open-8 128)
  fio_job 200 "$disk" --zonemode=zbd --max_open_zones=8 --rw=randwrite --bs=16k --iodepth=8 --size=64M --io_size=48M --verify=crc32c --do_verify=1 --randseed=5 ||
    fail "fio: $(tail -2 "$CASE_DIR/fio.$BASHPID")"
  within 20 blkzone reset "$disk"
  (fio_job 200 "$disk" --zonemode=zbd --max_open_zones=4 --rw=write --bs=64k --iodepth=4 --size=96M --verify=crc32c --do_verify=1) &
  writer=$!
  for round in 1 2 3; do
    pause 1
    stop_daemon KILL
    pause 0.5
    start_daemon
  done
  note "killed $round times under fio"
  wait $writer || fail 'fio found errors after the daemon was killed'
}

declare_case zbc_block_device 120
case_zbc_block_device() {
  local loop disk zone=$((4 * 2048))
  start_daemon
  truncate -s $((160 * MIB)) /scratch/store.img
  modprobe loop
  loop=$(losetup -f --show /scratch/store.img)
  # Somebody's data are not overwritten unless that is asked for.
  echo precious >"$loop"
  ! create_device zbcl "zbc/model-HM/zsize-4@$loop" $((128 * MIB)) 2>/dev/null || fail 'a block device that is no image was taken'
  [[ $(head -c 8 "$loop") == precious ]] || fail 'a block device that is no image was overwritten'
  create_device zbcl "zbc/model-HM/zsize-4/format@$loop" $((128 * MIB)) cmd_time_out=600 || fail "enable: $(<"$CASE_DIR/errno")"
  disk=$(export_device zbcl)
  echo 600 >"/sys/block/${disk#/dev/}/device/timeout"
  within 20 dd if=/dev/urandom of="$disk" bs=64k count=10 seek=$((5 * zone / 128)) oflag=direct status=none || fail 'write'
  stop_daemon KILL
  start_daemon
  within 20 dd if=/dev/urandom of="$disk" bs=64k count=10 seek=$((5 * zone / 128 + 10)) oflag=direct status=none || fail 'write after the death of the daemon'
  expect_condition "$disk" $((5 * zone)) oi 'after writes'
  delete_device zbcl
  losetup -d "$loop"
}
