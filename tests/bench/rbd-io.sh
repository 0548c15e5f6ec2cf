#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# rbd-io.sh - our rbd handler over iSCSI beside librbd without anything between, interleaved, on a Ceph cluster of this machine.
#
#   rbd-io.sh [-n RUNS] [-s SECONDS]
#
#   -n RUNS      runs of each cell and way (3)
#   -s SECONDS   aimed length of a run (4)
#   fio    fio's rbd engine, random offsets, librbd's cache off as for the others: the limit
#   qemu   qemu-img bench with QEMU's rbd driver: the same client as for ours, so that only what is between differs
#   ours   qemu-img bench over iSCSI to the daemon, which has the image open
# Prints requests a second (medians), ratios, and processor seconds of the daemon for a million requests. Each way has an image of 1 GiB that is
# written full first. The cluster's own daemons share the processors: ratios say more than rates. Needs Ceph, fio, qemu-utils, qemu-block-extra
# and the runnable tree that build.sh makes. Listens on 127.0.0.1 only.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
program=${TCMU_RUNNER:-$here/../../artifacts/tcmu-runner/tcmu-runner}
runs=3 seconds=4
while getopts 'n:s:h' flag; do
  case $flag in n) runs=$OPTARG ;; s) seconds=$OPTARG ;; *) sed -n '3,13p' "$0" | sed 's/^# \{0,1\}//'; exit 2 ;; esac
done
for tool in ceph-mon ceph-osd rbd fio qemu-img; do command -v "$tool" >/dev/null || { echo "rbd-io: $tool is missing" >&2; exit 2; }; done
[[ -x $program ]] || { echo 'rbd-io: needs the tree that build.sh makes' >&2; exit 2; }

readonly SIZE=$((1 << 30))
work=$(mktemp -d)
daemon=''
# shellcheck disable=SC2317 # run by the trap
finish() {
  [[ -z $daemon ]] || { kill "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true; }
  "$here/../cluster/ceph-cluster" stop "$work/ceph" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() { local port; while :; do port=$((20000 + RANDOM % 10000)); listens "$port" || { echo "$port"; return; }; done; }

eval "$("$here/../cluster/ceph-cluster" start "$work/ceph" 2>"$work/ceph.log")" || { cat "$work/ceph.log" >&2; exit 1; }
for way in fio qemu ours; do
  rbd create -s 1G $way
  rbd bench --io-type write --io-size 4M --io-total 1G $way >"$work/errors" 2>&1 || { tail -3 "$work/errors" >&2; exit 1; }
done
port=$(free_port)
"$program" serve "rbd/rbd/ours;conf=$CEPH_CONF;id=admin" --portal "127.0.0.1:$port" --target iqn.2026-11.bench:rbd >"$work/ours.log" 2>&1 &
daemon=$!
for _ in $(seq 200); do listens "$port" && break; sleep 0.05; done
listens "$port" || { cat "$work/ours.log" >&2; exit 1; }
declare -A urls=([ours]="iscsi://127.0.0.1:$port/iqn.2026-11.bench:rbd/0" [qemu]="rbd:rbd/qemu:conf=$CEPH_CONF:id=admin")

ticks() { local fields; read -ra fields <"/proc/$daemon/stat"; echo $((fields[13] + fields[14])); }
# run WAY DEPTH BYTES read|write COUNT: sets rate, and cpu (daemon seconds per million requests). Strides that share no factor with the image's
# size stand for random offsets.
run() {
  local way=$1 depth=$2 size=$3 kind=$4 count=$5 begin spent start
  start=$(ticks) begin=${EPOCHREALTIME/[.,]/}
  if [[ $way == fio ]]; then
    rate=$(CEPH_ARGS=--rbd_cache=false fio --name=cell --ioengine=rbd --clientname=admin --pool=rbd --rbdname=fio --rw="rand$kind" --bs="$size" --iodepth="$depth" --time_based \
      --runtime="$seconds" --size=$SIZE --minimal 2>"$work/errors" | awk -F';' '{printf "%.0f", $8 + $49}')
    cpu=-
    return
  fi
  # shellcheck disable=SC2046 # one word or none
  qemu-img bench -d "$depth" -s "$size" -S $((size * 257)) -c "$count" $([[ $kind == read ]] || echo -w) -t none -f raw "${urls[$way]}" >/dev/null 2>"$work/errors" ||
    { tail -3 "$work/errors" >&2; exit 1; }
  spent=$((${EPOCHREALTIME/[.,]/} - begin))
  rate=$((count * 1000000 / spent))
  cpu=$(awk -v t=$(($(ticks) - start)) -v n="$count" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.1f", t / hz / n * 1e6 }')
}
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

printf '%-20s %8s %8s %8s %9s %9s %9s\n' cell fio qemu ours ours/fio ours/qemu 'CPU ours'
for cell in '4k read,1,4096,read' '4k write,1,4096,write' '4k read,32,4096,read' '4k write,32,4096,write' '1M read,4,1048576,read' '1M write,4,1048576,write'; do
  IFS=, read -r name depth size kind <<<"$cell"
  declare -A counts=() rates=()
  costs=()
  for way in qemu ours; do
    # A first short run tells how many requests fill the time, and warms up.
    run $way "$depth" "$size" "$kind" $((size < 65536 ? 200 : 20))
    counts[$way]=$((rate * seconds + 20))
  done
  for _ in $(seq "$runs"); do
    for way in fio qemu ours; do
      run $way "$depth" "$size" "$kind" "${counts[$way]-0}"
      rates[$way]+=" $rate"
      [[ $way != ours ]] || costs+=("$cpu")
    done
  done
  # shellcheck disable=SC2086 # lists
  { f=$(median ${rates[fio]}) q=$(median ${rates[qemu]}) o=$(median ${rates[ours]}); }
  printf '%-20s %8s %8s %8s %9s %9s %9s\n' "$name depth $depth" "$f" "$q" "$o" \
    "$(awk -v a="$o" -v b="$f" 'BEGIN { printf "%.2f", a / b }')" "$(awk -v a="$o" -v b="$q" 'BEGIN { printf "%.2f", a / b }')" "$(median "${costs[@]}")"
done
