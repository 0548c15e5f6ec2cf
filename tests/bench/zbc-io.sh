#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# zbc-io.sh - disks with zones through a real kernel, the handler zbc of this project against Debian's C one, interleaved in one guest.
#
#   zbc-io.sh [-r ROUNDS] [-s SECONDS] [-w WAYS] [-o DIR]
#
#   -r 3      rounds; each cell shows the median
#   -s 6      seconds of measured I/O per cell
#   -w 'peer ours'
# Cells: write-4k and write-1m, sequential into 8 open zones at a time, 8 jobs with 32 commands in flight together (8 with 1 MiB); read-4k, random
# at depth 32; read-1m, random at depth 4. Both have zones of 64 MiB, 4 of them conventional, on one ext4 file system; zones are reset before a
# cell that writes, and full before one that reads. Figures are those of an emulated machine: only the ratios mean something.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

rounds=3 seconds=6 ways='peer ours' out=''
usage() { sed -n '3,13p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }
while getopts 'r:s:w:o:h' flag; do
  case $flag in r) rounds=$OPTARG ;; s) seconds=$OPTARG ;; w) ways=$OPTARG ;; o) out=$OPTARG ;; *) usage ;; esac
done

if [[ -z ${VM_OUT-} ]]; then
  missing=()
  for package in fio:fio tcmu-runner:tcmu-runner dbus:dbus-daemon util-linux:blkzone; do
    command -v "${package#*:}" >/dev/null || missing+=("${package%%:*}")
  done
  if ((${#missing[@]})); then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
  [[ -x $root/artifacts/tcmu-runner/tcmu-runner ]] || "$root/build.sh"
  [[ -z $out ]] || out="-o $out"
  # shellcheck disable=SC2086 # two words or none
  exec "$root/tests/vm/vm" -m 4096 -d 8 -t $((900 + rounds * 2 * (90 + 4 * (seconds + 20)))) $out -- "$0" -r "$rounds" -s "$seconds" -w "$ways"
fi

# --- inside the guest -------------------------------------------------------------------------------------------------
CASE_DIR=/run/bench DAEMON=ours DAEMON_DIR=$root/artifacts/tcmu-runner
mkdir -p $CASE_DIR
cd "$root/tests/vm"
# shellcheck source=../vm/lib.sh
. ./lib.sh
trap '[[ ! -s $CASE_DIR/why ]] || { cat "$CASE_DIR/why"; daemon_log | tail -20; }' EXIT
readonly ZONE=$((64 * MIB)) ZONES=20 CONVENTIONAL=4 RESULTS=$CASE_DIR/results
: >$STATE/tcmu.conf
: >$RESULTS
declare -A disks=()

take_turn() { case $1 in ours) DAEMON=ours ;; peer) DAEMON=c ;; esac; start_daemon; }
prepare() {
  take_turn "$1"
  # The C handler makes the disk anew at each start where there are options; zones are reset before they are written in any case.
  create_device "$1" "zbc/model-HM/zsize-64/conv-$CONVENTIONAL/open-16@/scratch/$1.img" $((ZONES * ZONE)) hw_max_sectors=2048 cmd_time_out=600 ||
    fail "enable of $1: $(<$CASE_DIR/errno)"
  disks[$1]=$(export_device "$1")
  stop_daemon TERM
}
# cell DISK NAME SECONDS: prints I/Os per second.
cell() {
  local bs=${2#*-} options
  case $2 in
    write-*) options=(--rw=write --zonemode=zbd --numjobs=8 --size="$ZONE" --offset=$((CONVENTIONAL * ZONE)) --offset_increment="$ZONE" --iodepth=4 --loops=1000) ;;
    read-4k) options=(--rw=randread --iodepth=32 --offset=$((CONVENTIONAL * ZONE)) --size=$((8 * ZONE))) ;;
    read-1m) options=(--rw=randread --iodepth=4 --offset=$((CONVENTIONAL * ZONE)) --size=$((8 * ZONE))) ;;
  esac
  [[ $2 != write-1m ]] || options+=(--iodepth=1)
  fio --name=cell --filename="$1" --direct=1 --ioengine=libaio --thread --group_reporting --bs="$bs" --time_based --runtime="$3" --minimal "${options[@]}" |
    awk -F';' '{print $8 + $49}'
}
fill_zones() {
  fio --name=fill --filename="$1" --direct=1 --ioengine=libaio --thread --group_reporting --rw=write --bs=1m --zonemode=zbd --numjobs=8 --size="$ZONE" \
    --offset=$((CONVENTIONAL * ZONE)) --offset_increment="$ZONE" --minimal >/dev/null
}
measure() {
  local disk=${disks[$1]} name rate
  take_turn "$1"
  blkzone reset "$disk"
  cell "$disk" write-4k 3 >/dev/null
  for name in write-4k write-1m read-4k read-1m; do
    blkzone reset "$disk"
    [[ $name == write-* ]] || fill_zones "$disk"
    rate=$(cell "$disk" "$name" "$seconds")
    echo "$name $1 $rate" >>$RESULTS
    printf '  round %d  %-9s %-5s %9.0f IO/s\n' "$round" "$name" "$1" "$rate"
  done
  stop_daemon TERM
}

for way in $ways; do prepare "$way"; done
for ((round = 1; round <= rounds; round++)); do
  for way in $ways; do measure "$way"; done
done
median() { awk -v cell="$1" -v way="$2" '$1 == cell && $2 == way {print $3}' $RESULTS | sort -n | awk '{a[NR] = $1} END {print a[int((NR + 1) / 2)]}'; }
echo
for name in write-4k write-1m read-4k read-1m; do
  ours=$(median $name ours) peer=$(median $name peer)
  awk -v name="$name" -v ours="${ours:-0}" -v peer="${peer:-0}" 'BEGIN {printf "%-9s ours %9.0f IO/s   peer %9.0f IO/s   ratio %s\n", name, ours, peer, peer ? sprintf("%.2f", ours / peer) : "-"}'
done
