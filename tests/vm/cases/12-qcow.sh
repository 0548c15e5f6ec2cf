# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Images of QEMU: a file system in an overlay, whose daemon is killed; judged by qemu-img.

# Verified writes into a file of the mounted file system, job after job, until told to stop.
qcow_writer() {
  while [[ ! -e $CASE_DIR/stop ]]; do
    within 240 fio --name=qcow --filename="$1" --size=4M --direct=1 --ioengine=libaio --thread --rw=randwrite --bs=4k --iodepth=8 --fsync=64 \
      --io_size=2M --verify=crc32c --verify_fatal=1 --minimal --output="$CASE_DIR/fio" || { echo "fio status $?" >"$CASE_DIR/fio-failed"; return 1; }
  done
}
qcow_moved() {
  [[ ! -e $CASE_DIR/fio-failed ]] || fail "fio failed: $(<"$CASE_DIR/fio-failed")"
  (($(completed_io "$1") > $2))
}
qcow_file_is() { within 60 debugfs -R "cat $1" /scratch/judge.raw 2>/dev/null | cmp - "$2"; }
image_does() { within 120 "$DAEMON_DIR/tcmuctl" image "$@" >"$CASE_DIR/image" 2>&1 || fail "tcmuctl image $*: $(head -2 "$CASE_DIR/image" | tr '\n' ' ')"; }

declare_case qcow_over_kill 420
case_qcow_over_kill() {
  local overlay=/scratch/overlay.qcow2 size=$((48 * MIB)) dir=/run/mnt/qcow disk writer turn before code=0
  needs_ours 'writes the mapping before the counts'
  mkdir -p $dir /run/seed
  dd if=/dev/urandom of=/run/seed/first bs=1M count=2 status=none
  truncate -s $size /scratch/base.raw
  within 60 mkfs.ext4 -q -F -d /run/seed /scratch/base.raw
  sha1sum /scratch/base.raw >"$CASE_DIR/base"
  within 30 qemu-img create -q -f qcow2 -b base.raw -F raw $overlay
  start_on_bus
  create_device overlay "qcow/$overlay" $size cmd_time_out=600 || fail "enable: $(<"$CASE_DIR/errno")"
  disk=$(export_device overlay)
  # A start is slow under emulation, and a file system takes an error for final.
  echo 600 >"/sys/block/${disk#/dev/}/device/timeout"
  within 60 mount "$disk" $dir
  cmp $dir/first /run/seed/first || fail 'the backing file is read wrong'
  qcow_writer $dir/verified &
  writer=$!
  for turn in 1 2; do
    before=$(completed_io "$disk")
    wait_until 60 "work before kill $turn" qcow_moved "$disk" $((before + 100))
    # The second life writes into what a snapshot shares, which is copied.
    if ((turn == 2)); then
      wait_until 60 'the daemon on the bus' on_bus $BUS_NAME
      image_does snapshot create $overlay living
    fi
    stop_daemon KILL 20
    before=$(completed_io "$disk")
    launch_daemon
    wait_until 60 "I/O after kill $turn" qcow_moved "$disk" "$before"
  done
  touch "$CASE_DIR/stop"
  wait "$writer" || fail "fio saw an error or a wrong byte"
  cp $dir/verified /run/seed/
  within 60 umount $dir
  # The last life of the daemon closes the image: what the killed ones had reserved may be lost, and nothing else.
  delete_device overlay || fail 'the device cannot be deleted'
  within 60 qemu-img check -q $overlay >"$CASE_DIR/check" 2>&1 || code=$?
  ((code == 0 || code == 3)) || fail "qemu-img check says $code after two kills"
  [[ $(qemu-img snapshot -l $overlay) == *living* ]] || fail 'the snapshot is not there any more'
  sha1sum --quiet -c "$CASE_DIR/base" || fail 'the backing file was written to'
  within 60 qemu-img convert -O raw $overlay /scratch/judge.raw
  within 60 fsck.ext4 -f -n /scratch/judge.raw >"$CASE_DIR/fsck" 2>&1 || fail "fsck: $(tail -1 "$CASE_DIR/fsck")"
  # Read without mounting: the guest has no loop devices.
  qcow_file_is /first /run/seed/first || fail 'qemu-img reads the backing file wrong'
  qcow_file_is /verified /run/seed/verified || fail 'qemu-img reads something else than the guest wrote'
}
