#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# iscsi-io.sh - our iSCSI front beside Debian's tgtd (rdwr backstore), interleaved on the same machine, with qemu-img bench.
#
#   iscsi-io.sh [-n RUNS] [-s SECONDS] [-q]
#
#   -n RUNS      runs of each cell and side (3)
#   -s SECONDS   aimed length of a run (3)
#   -q           one client only
# Both serve a file of 1 GiB with random data through the page cache. tgtd is given segments as large as ours and unsolicited data.
# Prints for each cell requests a second (medians), the ratio, CPU seconds of the server for a million requests, and its memory.
# Needs root (tgtd does), tgt, qemu-utils, qemu-block-extra, and the runnable tree that build.sh makes. Listens on 127.0.0.1 only.
# Ratios of a busy machine say little: run it alone.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
program=${TCMU_RUNNER:-$here/../../artifacts/tcmu-runner/tcmu-runner}
runs=3 seconds=3 clients=(1 4)
while getopts 'n:s:qh' flag; do
  case $flag in n) runs=$OPTARG ;; s) seconds=$OPTARG ;; q) clients=(1) ;; *) sed -n '3,13p' "$0" | sed 's/^# \{0,1\}//'; exit 2 ;; esac
done
for tool in tgtd tgtadm qemu-img; do command -v "$tool" >/dev/null || { echo "iscsi-io: $tool is missing" >&2; exit 2; }; done
[[ $(id -u) == 0 && -x $program ]] || { echo 'iscsi-io: needs root, and the tree that build.sh makes' >&2; exit 2; }

work=$(mktemp -d)
export TGT_IPC_SOCKET=$work/tgt.sock
ours='' theirs=''
finish() {
  # tgtd ignores SIGTERM while it has targets.
  [[ -z $theirs ]] || kill -KILL "$theirs" 2>/dev/null || true
  [[ -z $ours ]] || kill "$ours" 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap finish EXIT
wait_for() { for _ in $(seq 200); do "$@" >/dev/null 2>&1 && return; sleep 0.05; done; echo "iscsi-io: $* does not succeed" >&2; exit 1; }
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() { local port; while :; do port=$((20000 + RANDOM % 20000)); listens "$port" || { echo "$port"; return; }; done; }

head -c 1G /dev/urandom >"$work/ours.img"
cp "$work/ours.img" "$work/theirs.img"
port=$(free_port)
"$program" serve "file/$work/ours.img" --portal "127.0.0.1:$port" --target iqn.2026-11.bench:ours >"$work/ours.log" 2>&1 &
ours=$!
wait_for listens "$port"
urls=("iscsi://127.0.0.1:$port/iqn.2026-11.bench:ours/0")
port=$(free_port)
tgtd -f --iscsi portal="127.0.0.1:$port" >"$work/theirs.log" 2>&1 &
theirs=$!
wait_for tgtadm --lld iscsi --op show --mode target
tgtadm --lld iscsi --op new --mode target --tid 1 -T iqn.2026-11.bench:theirs
for key in MaxRecvDataSegmentLength=262144 MaxBurstLength=1048576 FirstBurstLength=262144 InitialR2T=No ImmediateData=Yes MaxOutstandingR2T=4; do
  tgtadm --lld iscsi --op update --mode target --tid 1 -n "${key%=*}" -v "${key#*=}"
done
tgtadm --lld iscsi --op new --mode logicalunit --tid 1 --lun 1 -b "$work/theirs.img" --bstype rdwr
tgtadm --lld iscsi --op bind --mode target --tid 1 -I ALL
urls+=("iscsi://127.0.0.1:$port/iqn.2026-11.bench:theirs/1")
pids=("$ours" "$theirs")

ticks() { local fields; read -ra fields <"/proc/$1/stat"; echo $((fields[13] + fields[14])); }
now() { echo "${EPOCHREALTIME/[.,]/}"; }
# run SIDE CLIENTS COUNT ARGUMENTS...: sets rate, cpu (seconds per million requests)
run() {
  local side=$1 number=$2 count=$3 begin spent start pid running=()
  shift 3
  start=$(ticks "${pids[side]}") begin=$(now)
  for _ in $(seq "$number"); do
    qemu-img bench "$@" -c "$count" -t none -f raw "${urls[side]}" >/dev/null 2>>"$work/errors" &
    running+=($!)
  done
  for pid in "${running[@]}"; do wait "$pid" || { tail -3 "$work/errors" >&2; exit 1; }; done
  spent=$(($(now) - begin))
  rate=$((count * number * 1000000 / spent))
  cpu=$(awk -v t=$(($(ticks "${pids[side]}") - start)) -v n=$((count * number)) -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.1f", t / hz / n * 1e6 }')
}
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

printf '%-26s %10s %10s %6s %10s %10s\n' cell ours tgt ratio 'CPU ours' 'CPU tgt'
for number in "${clients[@]}"; do
  for cell in '4k read,1,4096,' '4k write,1,4096,-w' '4k read,32,4096,' '4k write,32,4096,-w' '64k read,16,65536,' '64k write,16,65536,-w' '1M read,8,1048576,' '1M write,8,1048576,-w'; do
    IFS=, read -r name depth size write <<<"$cell"
    arguments=(-d "$depth" -s "$size" ${write:+"$write"})
    # A first short run tells how many requests fill the time, and warms up.
    run 0 "$number" 2000 "${arguments[@]}"
    count=$((rate * seconds / number + 500))
    run 1 "$number" 2000 "${arguments[@]}"
    rates=() rates_theirs=() costs=() costs_theirs=()
    for _ in $(seq "$runs"); do
      run 0 "$number" "$count" "${arguments[@]}"; rates+=("$rate") costs+=("$cpu")
      run 1 "$number" "$count" "${arguments[@]}"; rates_theirs+=("$rate") costs_theirs+=("$cpu")
    done
    a=$(median "${rates[@]}") b=$(median "${rates_theirs[@]}")
    printf '%-26s %10s %10s %6s %10s %10s\n' "$name depth $depth, $number client" "$a" "$b" \
      "$(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.2f", a / b }')" "$(median "${costs[@]}")" "$(median "${costs_theirs[@]}")"
  done
done
for side in 0 1; do
  awk -v who="$( ((side)) && echo tgt || echo ours)" '/^VmRSS|^RssAnon/ { print who, $1, $2, $3 }' "/proc/${pids[side]}/status"
done
