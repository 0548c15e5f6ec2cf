#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# qcow-io.sh - I/O on qcow2 images without a kernel module: ours over iSCSI against qemu-nbd, with one client (qemu-img bench) for all.
#   ours-file   tcmu-runner serve file//raw image: what the front can do
#   ours        tcmu-runner serve qcow//image
#   qemu-nbd    QEMU's NBD server on an equal image
#
#   qcow-io.sh [-r ROUNDS] [-m MIB] [-c CELLS] [-i IMAGES] [-o DIR]
#
#   -r 3        rounds, interleaved; each cell shows the median
#   -m 256      size of the disk
#   -c 'read-4k-1 read-4k-32 write-4k-1 write-4k-32 read-1m-4 write-1m-4'   cells: direction, size, depth
#   -i 'allocated empty backing'   images: written full before, fresh, or an overlay over a full raw file
#   -o /tmp     where the images lie (a directory of its own is made there)
# 4 KiB requests step over the disk by a stride that meets another cluster each time and every place once; 1 MiB ones are sequential.
# CPU is the server's user and system time per request. On a busy machine only the CPU column and large ratios mean something.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

rounds=3 mib=256 cells='read-4k-1 read-4k-32 write-4k-1 write-4k-32 read-1m-4 write-1m-4' images='allocated empty backing' base=${TMPDIR:-/tmp}
usage() { sed -n '3,18p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }
while getopts 'r:m:c:i:o:h' flag; do
  case $flag in
    r) rounds=$OPTARG ;; m) mib=$OPTARG ;; c) cells=$OPTARG ;; i) images=$OPTARG ;; o) base=$OPTARG ;; *) usage ;;
  esac
done
for tool in qemu-img qemu-nbd; do command -v $tool >/dev/null || { echo "qcow-io.sh: $tool is missing (qemu-utils)" >&2; exit 1; }; done
[[ -e /usr/lib/x86_64-linux-gnu/qemu/block-iscsi.so || $(qemu-img --help) == *iscsi* ]] || { echo 'qcow-io.sh: qemu-img cannot speak iSCSI (qemu-block-extra)' >&2; exit 1; }
[[ -x $root/artifacts/tcmu-runner/tcmu-runner ]] || "$root/build.sh"

dir=$(mktemp -d "$base/qcow-io.XXXXXX")
server=''
stop_server() { [[ -z $server ]] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; server=''; }; }
trap 'stop_server; rm -rf "$dir"' EXIT
port=13260

make_image() { # KIND FILE FORMAT
  rm -f "$2" "$2.base"
  case $1 in
    empty) qemu-img create -q -f "$3" "$2" "${mib}M" ;;
    allocated)
      head -c "$((mib << 20))" /dev/urandom >"$2.base"
      qemu-img convert -f raw -O "$3" "$2.base" "$2"
      rm "$2.base" ;;
    backing)
      head -c "$((mib << 20))" /dev/urandom >"$2.base"
      if [[ $3 == raw ]]; then mv "$2.base" "$2"; else qemu-img create -q -f qcow2 -b "$2.base" -F raw "$2"; fi ;;
  esac
}
start_server() { # WAY FILE; sets url
  case $1 in
    ours*)
      local handler=qcow
      [[ $1 == ours ]] || handler=file
      "$root/artifacts/tcmu-runner/tcmu-runner" serve "$handler/$2" --portal "127.0.0.1:$port" >"$dir/log" 2>&1 &
      url=iscsi://127.0.0.1:$port/iqn.2026-11.tcmu-runner:serve/0 ;;
    qemu-nbd)
      qemu-nbd -f qcow2 --cache=writeback --aio=threads --discard=unmap -t -k "$dir/nbd" "$2" >"$dir/log" 2>&1 &
      url="nbd+unix:///?socket=$dir/nbd" ;;
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
run_cell() { # CELL: prints requests per second and microseconds of CPU per request
  local direction size depth step count options=() before after output seconds
  IFS=- read -r direction size depth <<<"$1"
  [[ $direction == read ]] || options+=(-w)
  if [[ $size == 4k ]]; then
    step=$((68 * 1024)) count=$((mib * 64)) size=4096
  else
    step=$((1 << 20)) count=$mib size=$((1 << 20))
  fi
  # Reads to warm up, which change no image: a program that is compiled as it runs would be measured compiling.
  qemu-img bench -f raw -t none -c 40000 -d 32 -s 4096 "$url" >/dev/null
  before=$(cpu_ticks)
  output=$(qemu-img bench -f raw -t none -c "$count" -d "$depth" -s "$size" -S "$step" "${options[@]}" "$url")
  after=$(cpu_ticks)
  seconds=$(sed -n 's/^Run completed in \([0-9.]*\) seconds.*/\1/p' <<<"$output")
  awk -v c="$count" -v s="$seconds" -v t="$((after - before))" -v hz="$(getconf CLK_TCK)" 'BEGIN {printf "%d %.1f\n", c / s, t / hz * 1e6 / c}'
}

for ((round = 1; round <= rounds; round++)); do
  for kind in $images; do
    for cell in $cells; do
      for way in ours-file ours qemu-nbd; do
        format=qcow2
        [[ $way != ours-file ]] || format=raw
        file=$dir/$kind.$way
        make_image "$kind" "$file" "$format"
        start_server "$way" "$file"
        echo "$kind $cell $way $(run_cell "$cell")" >>"$dir/results"
        stop_server
        rm -f "$file" "$file.base"
        port=$((port + 1))
      done
    done
  done
done

printf '%-10s %-12s %22s %22s %22s %8s %8s\n' image cell 'ours-file/s (us CPU)' 'ours/s (us CPU)' 'qemu-nbd/s (us CPU)' '/file' '/nbd'
awk '
  { key = $1 " " $2; if (!(key in seen)) { seen[key] = 1; order[++n] = key } count[key, $3]++; rate[key, $3, count[key, $3]] = $4; cpu[key, $3, count[key, $3]] = $5 }
  function median(values, key, way,   i, j, v, sorted, c) {
    c = count[key, way]
    for (i = 1; i <= c; i++) sorted[i] = values[key, way, i]
    for (i = 2; i <= c; i++) { v = sorted[i]; for (j = i - 1; j > 0 && sorted[j] > v; j--) sorted[j + 1] = sorted[j]; sorted[j + 1] = v }
    return sorted[int((c + 1) / 2)]
  }
  END {
    for (k = 1; k <= n; k++) {
      key = order[k]; split(key, part, " ")
      f = median(rate, key, "ours-file"); o = median(rate, key, "ours"); q = median(rate, key, "qemu-nbd")
      printf "%-10s %-12s %14d (%5.1f) %14d (%5.1f) %14d (%5.1f) %8.2f %8.2f\n", part[1], part[2], f, median(cpu, key, "ours-file"), o, median(cpu, key, "ours"), q, median(cpu, key, "qemu-nbd"), o / f, o / q
    }
  }' "$dir/results"
