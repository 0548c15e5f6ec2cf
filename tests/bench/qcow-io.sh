#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# qcow-io.sh - I/O on qcow2 images without a kernel module: ours over iSCSI against qemu-nbd, with one client (qemu-img bench) for all.
#   ours-file   tcmu-runner serve file//raw image: what the front can do
#   ours        tcmu-runner serve qcow//image
#   qemu-nbd    QEMU's NBD server on an equal image
#   qsd         QEMU's storage daemon, which exports another equal image over NBD
#
#   qcow-io.sh [-r ROUNDS] [-m MIB] [-c CELLS] [-i IMAGES] [-w WAYS] [-o DIR]
#   qcow-io.sh -V [-r ROUNDS]
#
#   -r 3        rounds, interleaved; each cell shows the median
#   -m 256      size of the disk
#   -c 'read-4k-1 read-4k-32 write-4k-1 write-4k-32 read-1m-4 write-1m-4'   cells: direction, size, depth
#   -i 'allocated empty backing'   images: written full before, fresh, or an overlay over a full raw file
#   -w 'ours-file ours qemu-nbd qsd'   who serves; qsd only where qemu-storage-daemon is installed
#   -o /tmp     where the images lie (a directory of its own is made there)
#   -V          instead: 4 KiB random writes through the kernel in a virtual machine, against the C program's qcow handler (vm-io.sh)
# 4 KiB requests step over the disk by a stride that meets another cluster each time and every place once; 1 MiB ones are sequential.
# An image is on the disk before it is used, so that all begin alike; ours does each cell on a second, equal disk first, as a program that is
# compiled while it runs would be measured compiling. Cells on allocated clusters are repeated until they take a second.
# CPU is the server's user and system time per request. On a busy machine only the CPU column and large ratios mean something.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

rounds=3 mib=256 cells='read-4k-1 read-4k-32 write-4k-1 write-4k-32 read-1m-4 write-1m-4' images='allocated empty backing' ways='' base=${TMPDIR:-/tmp} exec_vm=''
usage() { sed -n '3,22p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }
while getopts 'r:m:c:i:w:o:Vh' flag; do
  case $flag in
    r) rounds=$OPTARG ;; m) mib=$OPTARG ;; c) cells=$OPTARG ;; i) images=$OPTARG ;; w) ways=$OPTARG ;; o) base=$OPTARG ;; V) exec_vm=1 ;; *) usage ;;
  esac
done
[[ -z $exec_vm ]] || exec "$here/vm-io.sh" -f qcow2 -w 'peer ours' -c 'randread-32 randwrite-32' -r "$rounds"
for tool in qemu-img qemu-nbd; do command -v $tool >/dev/null || { echo "qcow-io.sh: $tool is missing (qemu-utils)" >&2; exit 1; }; done
[[ -e /usr/lib/x86_64-linux-gnu/qemu/block-iscsi.so || $(qemu-img --help) == *iscsi* ]] || { echo 'qcow-io.sh: qemu-img cannot speak iSCSI (qemu-block-extra)' >&2; exit 1; }
if [[ -z $ways ]]; then
  ways='ours-file ours qemu-nbd'
  ! command -v qemu-storage-daemon >/dev/null || ways+=' qsd'
fi
[[ -x $root/artifacts/tcmu-runner/tcmu-runner ]] || "$root/build.sh"

dir=$(mktemp -d "$base/qcow-io.XXXXXX")
server=''
stop_server() { [[ -z $server ]] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; server=''; }; }
trap 'stop_server; rm -rf "$dir"' EXIT
port=13260

make_image() { # KIND FILE FORMAT
  rm -f "$2" "$2.base"
  [[ $1 == empty ]] || head -c "$((mib << 20))" /dev/urandom >"$2.base"
  case $1:$3 in
    empty:*) qemu-img create -q -f "$3" "$2" "${mib}M" ;;
    *:raw) mv "$2.base" "$2" ;;
    allocated:*) qemu-img convert -f raw -O "$3" "$2.base" "$2"; rm "$2.base" ;;
    backing:*) qemu-img create -q -f "$3" -b "$2.base" -F raw "$2"; sync "$2.base" ;;
  esac
  sync "$2"
}
start_server() { # WAY FILE: sets url, and warm_url where there is a second disk to get warm with
  warm_url=''
  case $1 in
    ours*)
      local handler=qcow
      [[ $1 == ours ]] || handler='file'
      "$root/artifacts/tcmu-runner/tcmu-runner" serve "$handler/$2" "$handler/$2.warm" --portal "127.0.0.1:$port" >"$dir/log" 2>&1 &
      url=iscsi://127.0.0.1:$port/iqn.2026-11.tcmu-runner:serve/0 warm_url=${url%0}1 ;;
    qemu-nbd)
      qemu-nbd -f qcow2 --cache=writeback --aio=threads --discard=unmap -t -k "$dir/nbd" "$2" >"$dir/log" 2>&1 &
      url="nbd+unix:///?socket=$dir/nbd" ;;
    qsd)
      qemu-storage-daemon --blockdev "driver=file,node-name=file,filename=$2,aio=threads,discard=unmap" \
        --blockdev driver=qcow2,node-name=disk,file=file,discard=unmap --nbd-server "addr.type=unix,addr.path=$dir/qsd" \
        --export type=nbd,id=disk,node-name=disk,name=disk,writable=on >"$dir/log" 2>&1 &
      url="nbd+unix:///disk?socket=$dir/qsd" ;;
  esac
  server=$!
  for ((try = 0; try < 200; try++)); do
    ! qemu-img info -f raw "$url" >/dev/null 2>&1 || return 0
    kill -0 "$server" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
    sleep 0.1
  done
  echo "qcow-io.sh: $1 does not answer" >&2
  exit 1
}
cpu_ticks() { awk '{print $14 + $15}' "/proc/$server/stat"; }
pass() { # URL DIRECTION SIZE DEPTH: goes over the disk once and prints the seconds
  local options=(-c $((mib * 64)) -s 4096 -S $((68 * 1024)))
  [[ $3 == 4k ]] || options=(-c "$mib" -s $((1 << 20)))
  [[ $2 == read ]] || options+=(-w)
  qemu-img bench -f raw -t none -d "$4" "${options[@]}" "$1" | sed -n 's/^Run completed in \([0-9.]*\) seconds.*/\1/p'
}
run_cell() { # KIND CELL: prints requests per second and microseconds of CPU per request
  local direction size depth before seconds=0 passes=0 count=$((mib * 64))
  IFS=- read -r direction size depth <<<"$2"
  [[ $size == 4k ]] || count=$mib
  if [[ -n $warm_url ]]; then
    for ((warm = 0; warm < 3; warm++)); do
      pass "$warm_url" read 4k 32 >/dev/null
      pass "$warm_url" "$direction" "$size" "$depth" >/dev/null
    done
  fi
  pass "$url" read 1m 4 >/dev/null
  before=$(cpu_ticks)
  until awk -v s="$seconds" 'BEGIN {exit !(s > 1)}'; do
    seconds=$(awk -v a="$seconds" -v b="$(pass "$url" "$direction" "$size" "$depth")" 'BEGIN {print a + b}')
    passes=$((passes + 1))
    # The first write is made once only.
    [[ $1 == allocated || $direction == read ]] || break
  done
  awk -v c="$((count * passes))" -v s="$seconds" -v t="$(($(cpu_ticks) - before))" -v hz="$(getconf CLK_TCK)" 'BEGIN {printf "%d %.1f\n", c / s, t / hz * 1e6 / c}'
}

for ((round = 1; round <= rounds; round++)); do
  for kind in $images; do
    for cell in $cells; do
      for way in $ways; do
        format=qcow2
        [[ $way != ours-file ]] || format=raw
        file=$dir/$kind.$way
        make_image "$kind" "$file" "$format"
        [[ $way != ours* ]] || make_image "$kind" "$file.warm" "$format"
        start_server "$way" "$file"
        echo "$kind $cell $way $(run_cell "$kind" "$cell")" >>"$dir/results"
        stop_server
        rm -f "$file"*
        port=$((port + 1))
      done
    done
  done
done

awk -v ways="$ways" '
  { key = $1 " " $2; if (!(key in seen)) { seen[key] = 1; order[++n] = key } count[key, $3]++; rate[key, $3, count[key, $3]] = $4; cpu[key, $3, count[key, $3]] = $5 }
  function median(values, key, way,   i, j, v, sorted, c) {
    c = count[key, way]
    for (i = 1; i <= c; i++) sorted[i] = values[key, way, i]
    for (i = 2; i <= c; i++) { v = sorted[i]; for (j = i - 1; j > 0 && sorted[j] > v; j--) sorted[j + 1] = sorted[j]; sorted[j + 1] = v }
    return sorted[int((c + 1) / 2)]
  }
  function share(key, peer) { return (key, "ours") in count && (key, peer) in count ? sprintf("%.2f", median(rate, key, "ours") / median(rate, key, peer)) : "-" }
  END {
    m = split(ways, way, " ")
    printf "%-10s %-12s", "image", "cell"
    for (w = 1; w <= m; w++) printf " %22s", way[w] "/s (us CPU)"
    printf "  ours:%8s %8s %8s\n", "/file", "/nbd", "/qsd"
    for (k = 1; k <= n; k++) {
      key = order[k]; split(key, part, " ")
      printf "%-10s %-12s", part[1], part[2]
      for (w = 1; w <= m; w++) printf " %14d (%5.1f)", median(rate, key, way[w]), median(cpu, key, way[w])
      printf "       %8s %8s %8s\n", share(key, "ours-file"), share(key, "qemu-nbd"), share(key, "qsd")
    }
  }' "$dir/results"
