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

# Debian has no zonefs-tools: a superblock is 4 KiB with a checksum (fs/zonefs, struct zonefs_super).
make_zonefs() {
  python3 - "$1" <<'PYTHON'
import os, struct, sys, zlib
block = bytearray(4096)
struct.pack_into("<II64s16sQIII", block, 0, 0x5A4F4653, 0, b"", os.urandom(16), 0, 0, 0, 0o640)
struct.pack_into("<I", block, 4, zlib.crc32(block) ^ 0xFFFFFFFF)
with open(sys.argv[1], "r+b", buffering=0) as disk:
    disk.write(block)
    os.fsync(disk.fileno())
PYTHON
}

# zonefs_append FILE BLOCKS: appends blocks of 64 KiB, asynchronously. In Linux 6.1, since it took over "zonefs: Improve error handling", each
# synchronous append fails with "Corrupted write pointer" on any disk: the file's write pointer is advanced before the write, and compared after it.
zonefs_append() {
  within 30 python3 - "$@" <<'PYTHON'
import ctypes, mmap, os, struct, sys
path, blocks, size = sys.argv[1], int(sys.argv[2]), 65536
io_setup, io_getevents, io_submit, pwrite = 206, 208, 209, 1
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *arguments)
    assert result >= 0, f"system call {number}: {os.strerror(ctypes.get_errno())}"
    return result
fd = os.open(path, os.O_WRONLY | os.O_DIRECT)
block = mmap.mmap(-1, size)
address = ctypes.addressof(ctypes.c_char.from_buffer(block))
context = ctypes.c_ulong(0)
call(io_setup, ctypes.c_uint(1), ctypes.byref(context))
start = os.fstat(fd).st_size
for offset in range(start, start + blocks * size, size):
    block[:] = os.urandom(size)
    request = ctypes.create_string_buffer(struct.pack("<QIIHhIQQqQII", 0, 0, 0, pwrite, 0, fd, address, size, offset, 0, 0, 0), 64)
    call(io_submit, context, ctypes.c_long(1), ctypes.byref(ctypes.pointer(request)))
    event = ctypes.create_string_buffer(32)
    call(io_getevents, context, ctypes.c_long(1), ctypes.c_long(1), event, None)
    result = struct.unpack_from("<q", event, 16)[0]
    assert result == size, f"write at {offset}: {result}"
PYTHON
}

declare_case zbc_zonefs 120
case_zbc_zonefs() {
  modprobe zonefs || skip 'the kernel has no zonefs'
  local disk dir=/run/mnt/zonefs
  start_daemon
  disk=$(zbc_disk zbcz model-HM/zsize-4/conv-2/ro-9/offline-10 128)
  make_zonefs "$disk" || fail 'the superblock was not written'
  mkdir -p $dir
  within 30 mount -t zonefs -o errors=zone-ro "$disk" $dir || fail "mount: $(dmesg | tail -1)"
  [[ $(count_in $dir/seq) == 30 ]] || fail "$(count_in $dir/seq) sequential zones"
  zonefs_append $dir/seq/0 64 || fail 'append'
  [[ $(stat -c %s $dir/seq/0) == $((4 * MIB)) ]] || fail "zone file of $(stat -c %s $dir/seq/0) bytes"
  sha1sum $dir/seq/0 >"$CASE_DIR/before"
  zonefs_append $dir/seq/1 3 || fail 'append'
  stop_daemon KILL
  start_daemon
  zonefs_append $dir/seq/1 3 || fail 'append after the death of the daemon'
  [[ $(stat -c %s $dir/seq/1) == $((6 * 65536)) ]] || fail "zone file of $(stat -c %s $dir/seq/1) bytes"
  drop_caches
  sha1sum -c "$CASE_DIR/before" >/dev/null || fail 'the full zone differs'
  within 20 truncate -s 0 $dir/seq/0 || fail 'truncate resets'
  within 30 umount $dir
  expect_condition "$disk" $((2 * 4 * 2048)) em 'after truncate'
}

# zoned_writer write DISK COUNT: writes 64 KiB at a time into four zones by turns, flushes after each eight, and then says in the file COUNT how many are
# safe. zoned_writer check DISK COUNT: every safe one is there, and below each write pointer is nothing but what was written.
zoned_writer() {
  within 90 python3 - "$@" <<'PYTHON'
import mmap, os, re, struct, subprocess, sys
what, disk, safe = sys.argv[1:]
size, zone, zones = 65536, 4 << 20, 28
per_zone = zone // size
def place(n): return (1 + n // (4 * per_zone) * 4 + n % 4) * zone + n // 4 % per_zone * size
def pattern(n): return struct.pack("<Q", n + 1) * (size // 8)
fd = os.open(disk, (os.O_RDWR if what == "write" else os.O_RDONLY) | os.O_DIRECT)
block = mmap.mmap(-1, size)
if what == "write":
    for n in range(zones * per_zone):
        block[:] = pattern(n)
        os.pwritev(fd, [block], place(n))
        if n % 8 == 7:
            os.fsync(fd)
            with open(safe + ".new", "w") as file:
                file.write(str(n + 1))
            os.rename(safe + ".new", safe)
    sys.exit()
flushed = int(open(safe).read())
report = subprocess.run(["blkzone", "report", disk], check=True, capture_output=True, text=True).stdout
pointers = {int(start, 16) * 512: int(offset, 16) * 512 for start, offset in re.findall(r"start: (0x\w+), .*?wptr (0x\w+) .*type: 2", report)}
assert len(pointers) == 31, report
beyond = 0
for n in range(zones * per_zone):
    at = place(n)
    written = min(size, max(0, pointers[at // zone * zone] - at % zone))
    assert n >= flushed or written == size, f"write {n} was flushed, and the write pointer says {written} bytes of it"
    if written:
        os.preadv(fd, [block], at)
        assert block[:written] == pattern(n)[:written], f"write {n}: other bytes below the write pointer"
        beyond += n >= flushed
print(f"{flushed} writes were flushed, {beyond} others are there")
PYTHON
}

declare_case zbc_power_cut 120
case_zbc_power_cut() {
  local disk writer loop sectors=$((160 * 2048)) flushed=$CASE_DIR/flushed dir=/run/mnt/power
  start_daemon
  mapped power 160
  loop=$(<"$CASE_DIR/power.loop")
  mkfs.ext4 -q /dev/mapper/power
  mkdir -p $dir
  mount /dev/mapper/power $dir
  create_device zbcp "zbc/model-HM/zsize-4/conv-1@$dir/zbcp.img" $((128 * MIB)) cmd_time_out=600 || fail "enable: $(<"$CASE_DIR/errno")"
  disk=$(export_device zbcp)
  echo 600 >"/sys/block/${disk#/dev/}/device/timeout"
  zoned_writer write "$disk" "$flushed" 2>"$CASE_DIR/writer" &
  writer=$!
  wait_until 60 'flushed writes' enough_flushed "$flushed" 300
  # From here on nothing reaches the disk below the file system; what memory held is lost, and the kernel comes up as another boot.
  remap power "0 $sectors error"
  stop_daemon KILL
  umount $dir
  remap power "0 $sectors linear $loop 0"
  cat /proc/sys/kernel/random/uuid >"$CASE_DIR/boot_id"
  mount --bind "$CASE_DIR/boot_id" /proc/sys/kernel/random/boot_id
  at_end umount /proc/sys/kernel/random/boot_id
  mount /dev/mapper/power $dir
  kill -9 $writer 2>/dev/null || true
  start_daemon
  wait $writer || true
  note "$(zoned_writer check "$disk" "$flushed" 2>"$CASE_DIR/checked" || true)"
  [[ ! -s $CASE_DIR/checked ]] || fail "$(tail -1 "$CASE_DIR/checked")"
  delete_device zbcp
  umount $dir
  dmsetup remove power
}
enough_flushed() { (($(cat "$1" 2>/dev/null || echo 0) >= $2)); }

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
