#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# demo.sh - the main job, visibly: a disk that our daemon serves, and that survives the daemon's death.
#
#   ./demo.sh         over iSCSI, by itself: no kernel module, no virtual machine; seconds after the build
#   ./demo.sh --vm    through the kernel's own target (TCMU), in a virtual machine where the running kernel has none; needs root
#
# Builds, installs what is missing with apt (as root), removes what it made.
set -euo pipefail
cd "$(dirname "$0")"
root=$PWD

install_missing() {
  local package absent=()
  for package in "$@"; do command -v "${package#*:}" >/dev/null || [[ -e ${package#*:} ]] || absent+=("${package%%:*}"); done
  ((${#absent[@]})) || return 0
  echo "Installing ${absent[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${absent[@]}" >/dev/null
}
# A kernel with TCMU and the local fabric, and nobody who serves its devices yet.
kernel_is_ready() {
  modprobe -q target_core_user 2>/dev/null && modprobe -q tcm_loop 2>/dev/null || return 1
  mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config 2>/dev/null || return 1
  ! pgrep -x tcmu-runner >/dev/null
}

# --- over iSCSI -------------------------------------------------------------------------------------------------------
over_iscsi() {
  local program=${TCMU_RUNNER-} directory port url daemon='' target=iqn.2026-11.tcmu-runner:demo begin
  if [[ $(id -u) == 0 ]]; then install_missing libiscsi-bin:iscsi-ls qemu-utils:qemu-img qemu-block-extra:/usr/share/doc/qemu-block-extra; fi
  command -v qemu-img >/dev/null || { echo 'demo.sh: qemu-img is needed as the initiator (Debian: qemu-utils, qemu-block-extra)' >&2; exit 1; }
  if [[ -z $program ]]; then
    command -v dotnet >/dev/null || { echo "demo.sh: the .NET 10 SDK is needed (https://dotnet.microsoft.com/download)" >&2; exit 1; }
    ./build.sh
    program=$root/artifacts/tcmu-runner/tcmu-runner
  fi

  directory=$(mktemp -d -t tcmu-demo.XXXXXX)
  # shellcheck disable=SC2064 # the values of now are meant
  trap "kill \$(cat '$directory/pid') 2>/dev/null || true; rm -rf '$directory'" EXIT
  port=$((20000 + RANDOM % 20000))
  url=iscsi://127.0.0.1:$port/$target/0
  serve() {
    printf '   $ tcmu-runner serve file/%s/disk.img --size 64M --portal 127.0.0.1:%s &\n' "$directory" "$port"
    "$program" serve "file/$directory/disk.img" --size 64M --target "$target" --portal "127.0.0.1:$port" >"$directory/serve.log" 2>&1 &
    echo $! >"$directory/pid"
    for _ in $(seq 200); do
      ! grep -q '^iscsi://' "$directory/serve.log" || return 0
      kill -0 "$(<"$directory/pid")" 2>/dev/null || break
      sleep 0.05
    done
    cat "$directory/serve.log" >&2
    exit 1
  }

  printf '\n== 1. The daemon serves a disk: no kernel module, no root, no set-up\n'
  serve
  printf '\n== 2. An initiator finds it, writes 64 MiB, and reads them back\n'
  ! command -v iscsi-ls >/dev/null || { printf '   $ iscsi-ls -s iscsi://127.0.0.1:%s\n' "$port"; iscsi-ls -s "iscsi://127.0.0.1:$port" | sed 's/^/   /'; }
  head -c 64M /dev/urandom >"$directory/data"
  printf '   $ qemu-img convert -n -f raw -O raw data %s\n' "$url"
  qemu-img convert -n -f raw -O raw "$directory/data" "$url"
  printf '   $ qemu-img compare -f raw -F raw data %s\n   ' "$url"
  qemu-img compare -f raw -F raw "$directory/data" "$url"
  printf '\n== 3. The daemon is killed, and another one takes its place\n'
  printf '   $ kill -9 %s\n' "$(<"$directory/pid")"
  kill -9 "$(<"$directory/pid")"
  wait "$(<"$directory/pid")" 2>/dev/null || true
  begin=${EPOCHREALTIME/[.,]/}
  serve
  printf '   $ qemu-img compare -f raw -F raw data %s\n   ' "$url"
  qemu-img compare -f raw -F raw "$directory/data" "$url"
  printf '   %s ms after the kill everything is there.\n' "$(((${EPOCHREALTIME/[.,]/} - begin) / 1000))"
  cat <<END

It works. To have a disk of your own:
  $program serve file//tmp/disk.img --size 1G
and then, for example:
  iscsi-ls -s iscsi://127.0.0.1:3260
  qemu-img info iscsi://127.0.0.1:3260/iqn.2026-11.tcmu-runner:serve/0
  iscsiadm -m discovery -t sendtargets -p 127.0.0.1:3260
  iscsiadm -m node -T iqn.2026-11.tcmu-runner:serve -p 127.0.0.1:3260 --login
./demo.sh --vm shows the same through the kernel's own target; README.md has the rest.
END
}

if [[ $# == 0 ]]; then
  over_iscsi
  exit
fi
[[ $1 == --vm || $1 == --inside ]] || { sed -n '3,8p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }

if [[ $1 != --inside ]]; then
  [[ $(id -u) == 0 ]] || { echo "demo.sh: needs root: it makes a disk. Run it with sudo." >&2; exit 1; }
  command -v dotnet >/dev/null || { echo "demo.sh: the .NET 10 SDK is needed (https://dotnet.microsoft.com/download)" >&2; exit 1; }
  install_missing e2fsprogs:mkfs.ext4 kmod:modprobe procps:pgrep util-linux:mountpoint
  ./build.sh
  if kernel_is_ready; then
    echo "This kernel ($(uname -r)) has TCMU: the demonstration runs on it."
    exec "$0" --inside
  fi
  echo "This kernel ($(uname -r)) cannot serve TCMU devices now: the demonstration runs under Debian's, in a virtual machine."
  echo "It starts in about 20 seconds; without KVM everything in it is slow."
  exec tests/vm/vm -d 2 -t 300 -- "$root/demo.sh" --inside
fi

# --- where the kernel is ----------------------------------------------------------------------------------------------
directory=$(mktemp -d -p "$([[ -d /scratch ]] && echo /scratch || echo /var/tmp)" tcmu-demo.XXXXXX)
image=$directory/disk.img log=$directory mount=$directory/mnt
core=/sys/kernel/config/target/core/user_4711 wwn=naa.60014054711d0001
fabric=/sys/kernel/config/target/loopback/$wwn
daemon=''
step=0
heading() { ((step += 1)); printf '\n== %d. %s\n' "$step" "$*"; }
say() { printf '   %s\n' "$*"; }
# Shows a command and runs it.
show() { printf '   # %s\n' "$*"; "$@"; }
# Shows and does one write to configfs.
set_value() { printf '   # echo %s > %s\n' "$1" "$2"; echo "$1" >"$2"; }
give_up() { echo "demo.sh: $*" >&2; tail -5 "$log/tcmu-runner.log" >&2 2>/dev/null || true; exit 1; }
wait_until() {
  local end=$((SECONDS + $1))
  until "${@:3}" 2>/dev/null; do ((SECONDS < end)) || give_up "$2: not within $1 s"; sleep 0.1; done
}
ready() { kill -0 "$daemon" && [[ $(</sys/module/target_core_user/parameters/block_netlink) == unblocked ]]; }
start_daemon() {
  # The daemon unblocks netlink last, when it serves every device.
  echo 1 >/sys/module/target_core_user/parameters/block_netlink
  printf '   # tcmu-runner -l %s &\n' "$log"
  "$root/artifacts/tcmu-runner/tcmu-runner" -l "$log" >>"$directory/console" 2>&1 &
  daemon=$!
  wait_until 60 'the daemon' ready
}
clean_up() {
  mountpoint -q "$mount" && umount "$mount"
  if [[ -d $core ]]; then
    kill -0 "$daemon" 2>/dev/null || start_daemon >/dev/null
    if [[ -d $fabric ]]; then
      rm -f "$fabric/tpgt_1/lun/lun_0/demo"
      rmdir "$fabric/tpgt_1/lun/lun_0" "$fabric/tpgt_1" "$fabric"
    fi
    rmdir "$core/demo" "$core"
  fi
  if kill -0 "$daemon" 2>/dev/null; then kill "$daemon" && wait "$daemon"; fi
  rm -rf "$directory"
}
trap 'clean_up || true' EXIT

heading 'The daemon starts'
start_daemon
say "It runs as process $daemon."

heading 'The kernel makes a SCSI disk whose bytes our file handler keeps'
show mkdir -p "$core/demo"
set_value "dev_config=file/$image,dev_size=$((256 << 20))" "$core/demo/control"
set_value 1 "$core/demo/enable"
say 'Exported to this machine itself, through the loopback fabric:'
show mkdir -p "$fabric/tpgt_1"
set_value "$wwn" "$fabric/tpgt_1/nexus"
show mkdir "$fabric/tpgt_1/lun/lun_0"
show ln -s "$core/demo" "$fabric/tpgt_1/lun/lun_0/demo"
blocks=/sys/class/scsi_device/$(<"$fabric/tpgt_1/address"):0/device/block
wait_until 30 'the disk' test -d "$blocks"
disk=/dev/$(ls "$blocks")
wait_until 30 'the size of the disk' test "$(blockdev --getsize64 "$disk")" -gt 0
say "It is $disk: vendor '$(sed 's/ *$//' "${blocks%/block}/vendor")', $(($(blockdev --getsize64 "$disk") >> 20)) MiB."

heading 'A file system is made and filled'
show mkfs.ext4 -q -F "$disk"
mkdir "$mount"
show mount "$disk" "$mount"
show cp -r /usr/share/zoneinfo /usr/share/perl5 "$mount/" 2>/dev/null || show cp -r /usr/share/common-licenses "$mount/"
sync -f "$mount"
(cd "$mount" && find . -type f -exec sha256sum {} + >"$directory/sums")
say "$(wc -l <"$directory/sums") files, $(du -sm "$mount" | cut -f1) MB."

heading 'The daemon is killed while a file is being written'
printf '   # dd if=/dev/urandom of=%s bs=1M count=48 conv=fsync &\n' "$mount/during"
dd if=/dev/urandom of="$mount/during" bs=1M count=48 conv=fsync status=none &
writer=$!
wait_until 20 'the writer' test -s "$mount/during"
show kill -9 "$daemon"
wait "$daemon" 2>/dev/null || true
say 'No daemon runs; the write waits in the kernel. A new one starts:'
began=${EPOCHREALTIME/[.,]/}
start_daemon
wait "$writer" || give_up 'the write failed'
say "The write went on and ended well, $(((${EPOCHREALTIME/[.,]/} - began) / 1000)) ms after the start. Nobody saw an error."
(cd "$mount" && sha256sum during >>"$directory/sums")

heading 'Everything is read back from the disk and compared'
show umount "$mount"
echo 3 >/proc/sys/vm/drop_caches
show mount "$disk" "$mount"
(cd "$mount" && sha256sum --quiet -c "$directory/sums") || give_up 'a file differs'
say "$(wc -l <"$directory/sums") files are what they were."
show umount "$mount"
show fsck.ext4 -f -n "$disk" 2>/dev/null || give_up 'the file system is damaged'

heading 'Removed again'
clean_up
trap - EXIT
say 'Disk, target and image are gone; the daemon ended.'

cat <<END

It works. To go on:
  artifacts/tcmu-runner/tcmu-runner --help    run it yourself, then repeat the commands above
  README.md                                   disks by hand and with targetcli, configuration, writing a handler
  ./test.sh                                   what else it survives
END
