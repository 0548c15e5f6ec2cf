# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The daemon goes and comes back under verified I/O: nobody sees an error, nothing acknowledged is lost.

readonly RESTARTS=20 RESUME_GOAL_MS=5000

# Verified writes in a half of the disk, job after job, until told to stop; each job checks what it wrote.
verify_until_stopped() {
  local disk=$1 offset=$2 size=$3
  while [[ ! -e $CASE_DIR/stop ]]; do
    fio_job 180 "$disk" --rw=randwrite --bs=4k --iodepth=16 --offset="$offset" --size="$size" --time_based --runtime=12 \
      --verify=crc32c --verify_backlog=64 --verify_async=0 || { echo "fio status $?" >"$CASE_DIR/fio-failed"; return 1; }
  done
}
io_moved() { (($(completed_io "$1") > $2)); }

declare_case restart_under_verify 600
case_restart_under_verify() {
  local disk worst_stop=0 turn signal before begin took times=() jobs=() job
  start_daemon
  disk=$(disk restart $((64 * MIB)))
  verify_until_stopped "$disk" 0 24M &
  jobs+=($!)
  verify_until_stopped "$disk" 32M 24M &
  jobs+=($!)
  before=$(completed_io "$disk")
  wait_until 30 'first I/O' io_moved "$disk" $((before + 50))
  for ((turn = 1; turn <= RESTARTS; turn++)); do
    ((turn % 2)) && signal=KILL || signal=TERM
    begin=$(now_ms)
    stop_daemon "$signal" 20
    [[ $signal == KILL ]] || took=$(($(now_ms) - begin))
    [[ $signal == KILL ]] || ((took <= worst_stop)) || worst_stop=$took
    before=$(completed_io "$disk")
    begin=$(now_ms)
    launch_daemon
    # A time here is that of an emulated machine, so it is shown and not judged; that I/O goes on at all is judged.
    wait_until 30 "I/O after restart $turn (SIG$signal)" io_moved "$disk" "$before"
    took=$(($(now_ms) - begin))
    echo "restart $turn after SIG$signal: first I/O after $took ms"
    times+=("$took")
    [[ ! -e $CASE_DIR/fio-failed ]] || fail "fio failed after restart $turn (SIG$signal)"
    # A little work before the next blow, of another length each time.
    before=$(completed_io "$disk")
    wait_until 20 'work between restarts' io_moved "$disk" $((before + 20 + RANDOM % 300))
  done
  touch "$CASE_DIR/stop"
  for job in "${jobs[@]}"; do wait "$job" || fail "fio saw an error or a wrong byte"; done
  wait_until 15 'no task in D state' no_stuck_tasks
  mapfile -t times < <(printf '%s\n' "${times[@]}" | sort -n)
  note "$RESTARTS restarts: first I/O after the start within ${times[RESTARTS / 2]} ms (median), ${times[RESTARTS - 1]} ms (worst); wanted are $RESUME_GOAL_MS"
  note "SIGTERM took at most $worst_stop ms"
}

# What was acknowledged with FUA or a flush before the kill is in the image, whether or not a daemon ever starts again.
declare_case flushed_is_in_the_image 60
case_flushed_is_in_the_image() {
  local disk
  start_daemon
  disk=$(disk flushed $((16 * MIB)))
  within 30 dd if=/dev/urandom of=/scratch/source bs=64k count=64 status=none
  within 30 dd if=/scratch/source of="$disk" bs=64k oflag=direct conv=fsync status=none
  stop_daemon KILL 10
  within 30 cmp -n $((4 * MIB)) /scratch/source /scratch/flushed.img || fail 'flushed data is not in the image'
  start_daemon
  within 30 cmp -n $((4 * MIB)) /scratch/source "$disk" || fail 'flushed data is not on the disk after the restart'
}

# A file system that stays mounted over a kill.
declare_case mounted_over_kill 90
case_mounted_over_kill() {
  local disk dir=/run/mnt/over
  start_daemon
  disk=$(disk over $((128 * MIB)))
  within 60 mkfs.ext4 -q -F -E nodiscard "$disk"
  mkdir -p $dir
  within 30 mount "$disk" $dir
  dd if=/dev/urandom of=$dir/first bs=1M count=8 conv=fsync status=none
  stop_daemon KILL 10
  within 60 dd if=/dev/urandom of=$dir/second bs=1M count=8 conv=fsync status=none &
  local writer=$!
  start_daemon
  wait $writer || fail 'the write that waited for the daemon failed'
  sha1sum $dir/first $dir/second >"$CASE_DIR/sums"
  within 30 umount $dir
  drop_caches
  within 30 mount "$disk" $dir
  sha1sum --quiet -c "$CASE_DIR/sums"
  within 30 umount $dir
  within 60 fsck.ext4 -f -n "$disk"
}

declare_case start_with_8_devices 120
case_start_with_8_devices() {
  local name disks=() index writers=() writer
  start_daemon
  for name in a b c d e f g h; do disks+=("$(disk "eight_$name" $((8 * MIB)))"); done
  stop_daemon KILL 10
  for index in 0 1 2 3 4 5 6 7; do
    within 40 dd if=/dev/urandom of="${disks[index]}" bs=4k count=16 oflag=direct status=none &
    writers+=($!)
  done
  start_daemon
  for writer in "${writers[@]}"; do wait "$writer" || fail 'a write posted before the start failed'; done
  for index in "${disks[@]}"; do read_direct "$index"; done
}
