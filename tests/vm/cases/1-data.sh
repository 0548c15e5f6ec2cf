# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A disk is worth what its file systems are: trees, checksums, discard and verified random I/O.

# Some tens of MB of real files that every Debian with python3 has.
readonly TREE=/usr/lib/python3.11
checksums() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha1sum); }

# file_system TYPE MKFS FSCK: fills, remounts, compares, checks; then discards and sees the image shrink.
file_system() {
  local type=$1 disk dir=/run/mnt/$1 tree full trimmed
  start_daemon
  disk=$(disk "$type" $((512 * MIB)))
  within 60 $2 "$disk"
  mkdir -p "$dir"
  within 30 mount "$disk" "$dir"
  within 60 cp -r "$TREE" "$dir/tree"
  checksums "$dir/tree" >"$CASE_DIR/before"
  within 60 umount "$dir"
  drop_caches
  within 30 mount "$disk" "$dir"
  checksums "$dir/tree" >"$CASE_DIR/after"
  cmp "$CASE_DIR/before" "$CASE_DIR/after" || fail "files differ after remount"
  tree=$(used_kib "$dir/tree")
  note "$(wc -l <"$CASE_DIR/before") files, $tree KiB"
  full=$(used_kib "/scratch/$type.img")
  rm -r "$dir/tree"
  sync -f "$dir"
  if [[ $DAEMON == ours ]]; then
    within 60 fstrim "$dir"
    trimmed=$(used_kib "/scratch/$type.img")
    note "image $full KiB, after fstrim $trimmed KiB"
    # A file system keeps its journal, so what counts is what the tree gives back.
    ((full - trimmed > tree * 9 / 10)) || fail "fstrim left $trimmed of $full KiB, with a tree of $tree KiB gone"
  else
    note "fstrim left out: the C qcow handler has no unmap"
  fi
  within 60 umount "$dir"
  within 60 $3 "$disk" || fail "fsck: status $?"
}
declare_case ext4 150
case_ext4() { file_system ext4 'mkfs.ext4 -q -F -E nodiscard' 'fsck.ext4 -f -n'; }
declare_case xfs 150
case_xfs() {
  modprobe xfs
  file_system xfs 'mkfs.xfs -q -f -K' 'xfs_repair -n'
}

# A tree, not a raw pattern: mkfs itself discards first, as it does by default on a disk that offers it.
declare_case mkfs_discards 60
case_mkfs_discards() {
  needs_ours 'has no unmap in its qcow handler'
  local disk
  start_daemon
  disk=$(disk discard $((256 * MIB)))
  within 30 dd if=/dev/zero of="$disk" bs=1M count=64 oflag=direct status=none
  within 30 dd if=/dev/urandom of="$disk" bs=1M count=16 oflag=direct status=none
  within 30 blkdiscard "$disk"
  local used
  used=$(used_kib /scratch/discard.img)
  ((used < 1024)) || fail "blkdiscard left $used KiB"
  within 30 cmp -n $((64 * MIB)) "$disk" /dev/zero || fail "discarded blocks do not read as zeros"
  within 60 mkfs.ext4 -q -F "$disk"
}

# verified_random BLOCK_SIZE BSSPLIT
verified_random() {
  local disk
  start_daemon
  disk=$(disk "verify$1" $((96 * MIB)) hw_block_size="$1" hw_max_sectors=$((MIB / $1)))
  [[ $(blockdev --getss "$disk") == "$1" ]] || fail "logical block size is $(blockdev --getss "$disk")"
  fio_job 150 "$disk" --rw=randrw --rwmixwrite=70 --iodepth=32 --bssplit="$2" --size=80M --verify=crc32c --do_verify=1
}
declare_case random_verify_512 180
case_random_verify_512() { verified_random 512 512/25:1k/5:4k/30:13k/5:64k/20:256k/10:1m/5; }
declare_case random_verify_4096 180
case_random_verify_4096() {
  needs_ours 'takes 512-byte blocks only in its qcow handler'
  verified_random 4096 4k/45:12k/5:64k/25:256k/15:1m/10
}

# What was written through the disk is in the image, byte for byte at the same place.
declare_case image_is_the_disk 60
case_image_is_the_disk() {
  local disk
  start_daemon
  disk=$(disk raw $((16 * MIB)))
  within 30 dd if=/dev/urandom of="$disk" bs=1M oflag=direct conv=fsync status=none iflag=fullblock count=16
  within 30 cmp "$disk" /scratch/raw.img
  delete_device raw
  [[ $(stat -c %s /scratch/raw.img) == $((16 * MIB)) ]] || fail "the image has $(stat -c %s /scratch/raw.img) bytes"
}
