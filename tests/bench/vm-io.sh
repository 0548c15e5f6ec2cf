#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# vm-io.sh - I/O through a real kernel, three ways, interleaved in one guest so that they can be compared:
#   kernel  LIO's own fileio backstore over the image: no user space, the limit
#   peer    Debian's C tcmu-runner, a raw image through its qcow handler
#   ours    this project's tcmu-runner, file handler
#
#   vm-io.sh [-r ROUNDS] [-s SECONDS] [-w WAYS] [-c CELLS] [-f FORMAT] [-o DIR]
#
#   -r 3      rounds; each cell shows the median
#   -s 6      seconds of measured I/O per cell
#   -w 'kernel peer ours'      which ways
#   -f raw    or qcow2: images in that format, and our qcow handler instead of the file handler; not for the kernel
#   -c 'randread-1 randread-32 randwrite-32 read-4 write-4'      which cells (4 KiB random or 1 MiB sequential, queue depth)
# Every way serves an image of its own, equally filled, on one ext4 file system, through tcm_loop and sd, with direct=1.
# Only one daemon can own netlink with replies on: the daemons take turns. A daemon is started for its cells of a round,
# adopts its device, warms up for SECONDS/2 (at least 3 s) and is stopped with SIGTERM after them; the device stays.
# CPU per I/O is the daemon's user and system time over the cell (all threads) divided by the I/Os it served.
# Figures are those of an emulated machine: only the ratios mean something.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

rounds=3 seconds=6 ways='kernel peer ours' cells='randread-1 randread-32 randwrite-32 read-4 write-4' format=raw out=''
usage() { sed -n '3,19p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }
while getopts 'r:s:w:c:f:o:h' flag; do
  case $flag in
    r) rounds=$OPTARG ;; s) seconds=$OPTARG ;; w) ways=$OPTARG ;; c) cells=$OPTARG ;; f) format=$OPTARG ;; o) out=$OPTARG ;; *) usage ;;
  esac
done

if [[ -z ${VM_OUT-} ]]; then
  missing=()
  for package in fio:fio tcmu-runner:tcmu-runner dbus:dbus-daemon qemu-utils:qemu-img; do
    command -v "${package#*:}" >/dev/null || missing+=("${package%%:*}")
  done
  if ((${#missing[@]})); then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
  [[ $ways != *ours* || -x $root/artifacts/tcmu-runner/tcmu-runner ]] || "$root/build.sh"
  count() { echo $#; }
  limit=$((400 + rounds * $(count $ways) * (30 + $(count $cells) * (seconds + 8))))
  [[ -z $out ]] || out="-o $out"
  exec "$root/tests/vm/vm" -m 4096 -d 8 -t "$limit" $out -- "$0" -r "$rounds" -s "$seconds" -w "$ways" -c "$cells" -f "$format"
fi

# --- inside the guest -------------------------------------------------------------------------------------------------
CASE_DIR=/run/bench DAEMON=ours DAEMON_DIR=$root/artifacts/tcmu-runner
mkdir -p $CASE_DIR
cd "$root/tests/vm"
# shellcheck source=../vm/lib.sh
. ./lib.sh
trap '[[ ! -s $CASE_DIR/why ]] || { cat "$CASE_DIR/why"; daemon_log | tail -20; }' EXIT
readonly SIZE=$((256 * MIB)) FURTHER=8 RESULTS=/run/bench/results
: >$STATE/tcmu.conf
: >$RESULTS
declare -A disks=()

take_turn() { case $1 in ours) DAEMON=ours ;; peer) DAEMON=c ;; kernel) return ;; esac; start_daemon; }
end_turn() { [[ $1 == kernel ]] || stop_daemon TERM; }
# config_of IMAGE: its configuration string; an image that has to be in another format is that from now on.
config_of() {
  [[ $format != raw ]] || { image "$1" $SIZE; return; }
  qemu-img convert -f raw -O "$format" "$1" "$1.$format"
  sync "$1.$format"
  rm "$1"
  echo "qcow/$1.$format"
}
# An image is filled first, so that every way overwrites blocks that are there.
prepare_way() {
  local way=$1 image=/scratch/$1.img path
  dd if=/dev/urandom of="$image" bs=1M count=$((SIZE / MIB)) conv=fsync status=none
  take_turn "$way"
  if [[ $way == kernel ]]; then
    path=$CORE/fileio_100001/kernel
    mkdir -p "$path"
    # Buffered, as the daemons are.
    echo "fd_dev_name=$image,fd_dev_size=$SIZE,fd_buffered_io=1" >"$path/control"
    echo 1 >"$path/enable"
    echo 100001 >$STATE/devices/kernel
  else
    create_device "$way" "$(config_of "$image")" $SIZE hw_max_sectors=2048 || fail "enable of $way: $(<$CASE_DIR/errno)"
  fi
  disks[$way]=$(export_device "$way")
  end_turn "$way"
}
# User and system time of the daemon so far, in clock ticks of 10 ms.
daemon_ticks() {
  local stat
  daemon_running || { echo 0; return; }
  read -r stat <"/proc/$(daemon_pid)/stat"
  read -ra stat <<<"${stat##*) }"
  echo $((stat[11] + stat[12]))
}
# run_cell DISK CELL SECONDS: prints I/Os per second and the number of I/Os.
run_cell() {
  local rw=${2%-*} kib=4
  [[ $rw == rand* ]] || kib=1024
  fio --name=cell --filename="$1" --direct=1 --ioengine=libaio --thread --rw="$rw" --bs=${kib}k --iodepth="${2#*-}" \
    --time_based --runtime="$3" --size=$SIZE --minimal | awk -F';' -v kib=$kib '{print $8 + $49, ($6 + $47) / kib}'
}
measure() {
  local way=$1 cell rate count before
  take_turn "$way"
  # Tiered compilation and the page cache settle.
  run_cell "${disks[$way]}" randread-32 $((seconds > 6 ? seconds / 2 : 3)) >/dev/null
  run_cell "${disks[$way]}" write-4 2 >/dev/null
  for cell in $cells; do
    before=$(daemon_ticks)
    read -r rate count < <(run_cell "${disks[$way]}" "$cell" "$seconds")
    echo "$cell $way $rate $(daemon_ticks) $before $count" |
      awk '{cpu = $2 == "kernel" ? "-" : sprintf("%.1f", ($4 - $5) * 10000 / $6); print $1, $2, $3, cpu}' >>$RESULTS
    tail -1 $RESULTS | awk -v round="$round" '{printf "  round %d  %-13s %-7s %9.0f IO/s  CPU %s us\n", round, $1, $2, $3, $4}'
  done
  end_turn "$way"
}
# RssAnon with one device at work, and what each further one adds.
memory() {
  local way=$1 one all index disk
  take_turn "$way"
  run_cell "${disks[$way]}" randread-32 2 >/dev/null
  one=$(status_kib "$(daemon_pid)" RssAnon)
  for ((index = 1; index <= FURTHER; index++)); do
    disk=$(disk "$way$index" $((16 * MIB)) hw_max_sectors=2048)
    run_cell "$disk" randwrite-32 1 >/dev/null
  done
  all=$(status_kib "$(daemon_pid)" RssAnon)
  echo "RssAnon $way: $one KiB with one device, $(((all - one) / FURTHER)) KiB for each further one"
  end_turn "$way"
}
summary() {
  awk '
    function median(list,   n, i, j, t, v) {
      n = split(list, v, " ")
      for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
      return v[int((n + 1) / 2)]
    }
    { if (!($1 in seen)) { seen[$1] = 1; order[++cells] = $1 }
      rate[$1, $2] = rate[$1, $2] " " $3; cpu[$1, $2] = cpu[$1, $2] " " $4 }
    function ratio(a, b) { return b > 0 ? sprintf("%.2f", a / b) : "-" }
    END {
      printf "%-13s %10s %10s %10s %10s %12s %12s %12s\n", "cell, IO/s", "kernel", "peer", "ours", "ours/peer", "ours/kernel", "peer CPU us", "ours CPU us"
      for (i = 1; i <= cells; i++) {
        c = order[i]; k = median(rate[c, "kernel"]); p = median(rate[c, "peer"]); o = median(rate[c, "ours"])
        printf "%-13s %10.0f %10.0f %10.0f %10s %12s %12s %12s\n", c, k, p, o, ratio(o, p), ratio(o, k), median(cpu[c, "peer"]), median(cpu[c, "ours"])
      }
    }' $RESULTS
}

[[ $ways != *peer* ]] || dbus-daemon --system --fork --nopidfile
for way in $ways; do prepare_way "$way"; done
for ((round = 1; round <= rounds; round++)); do
  for way in $ways; do measure "$way"; done
done
echo
summary
[[ $format == raw ]] || exit 0
for way in $ways; do [[ $way == kernel ]] || memory "$way"; done
