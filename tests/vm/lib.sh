# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Helpers for the cases: devices, the daemon, waiting, SCSI answers. Sourced inside the guest; DAEMON is `ours` or `c`.
# Everything that can wait has a limit in seconds, multiplied by PATIENCE; a case that fails says why in one sentence.

readonly CORE=/sys/kernel/config/target/core LOOPBACK=/sys/kernel/config/target/loopback
readonly MODULE=/sys/module/target_core_user/parameters
readonly PATIENCE=${VM_PATIENCE:-1}
readonly STATE=/run/tcmu-vm LOG_DIR=/run/tcmu-vm/log
export MIB=$((1 << 20))
mkdir -p $STATE/devices $LOG_DIR

fail() { echo "$*" >"$CASE_DIR/why"; exit 1; }
skip() { echo "$*" >"$CASE_DIR/why"; exit 77; }
# A line shown below the case's result: measurements, and what differs from ours.
note() { echo "$*" >>"$CASE_DIR/notes"; }
# Has COMMAND run when the case is over, however it ended; what was asked for last runs first.
at_end() { echo "$*" >>"$CASE_DIR/at-end"; }
# What the C daemon has not, a case cannot ask of it.
needs_ours() { [[ $DAEMON == ours ]] || skip "the C daemon $*"; }

# --- time -----------------------------------------------------------------------------------------------------------
exec {pause_fd}<> <(:)
# Waits SECONDS without starting a process, which is dear under emulation.
pause() { read -r -t "$1" -u "$pause_fd" || true; }
now_ms() { local t=${EPOCHREALTIME/[.,]/}; echo $((t / 1000)); }
# wait_until LIMIT WHAT COMMAND...: polls COMMAND until it succeeds.
wait_until() {
  local limit=$(($1 * PATIENCE)) what=$2 end=$((SECONDS + $1 * PATIENCE + 1))
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || fail "$what: not within $limit s"
    pause 0.1
  done
}
# within LIMIT COMMAND...: for external commands that can hang.
within() { timeout --kill-after=5 $(($1 * PATIENCE)) "${@:2}"; }

# --- processes ------------------------------------------------------------------------------------------------------
# True when no process PID runs (a zombie has ended).
process_gone() {
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  stat=${stat##*) }
  [[ ${stat:0:1} == [ZX] ]]
}
# Prints the processes in uninterruptible sleep; the kernel's own idle workers are not of interest.
stuck_tasks() { ps -eLo state=,tid=,wchan:32=,args= | awk '$1 == "D" && $4 !~ /^\[(kworker|jbd2|kswapd)/'; }
no_stuck_tasks() { [[ -z $(stuck_tasks) ]]; }
count_in() { local entries=("$1"/*); echo ${#entries[@]}; }
# status_kib PID FIELD: a memory figure of /proc/PID/status.
status_kib() { awk -v field="$2:" '$1 == field {print $2}' "/proc/$1/status"; }

# --- devices --------------------------------------------------------------------------------------------------------
# Prints the configuration string for a raw image at PATH with SIZE bytes, made now when it does not exist.
image() {
  [[ -e $1 ]] || truncate -s "$2" "$1"
  case $DAEMON in ours) echo "file/$1" ;; c) echo "qcow/$1" ;; esac
}

# create_device NAME CONFIG SIZE [KEY=VALUE...]: what is a `control` key is set before enable, the rest as attributes
# after it. Fails with the errno's text in $CASE_DIR/errno when the daemon refuses the device.
create_device() {
  local name=$1 config=$2 size=$3 index setting path
  shift 3
  index=$(($(cat $STATE/index 2>/dev/null || echo 0) + 1))
  echo $index >$STATE/index
  path=$CORE/user_$index/$name
  mkdir -p "$path"
  echo "$index" >"$STATE/devices/$name"
  echo "dev_config=$config" >"$path/control"
  echo "dev_size=$size" >"$path/control"
  for setting in "$@"; do
    case ${setting%%=*} in
      hw_block_size | hw_max_sectors | max_data_area_mb | nl_reply_supported | data_pages_per_blk | cmd_ring_size_mb)
        echo "$setting" >"$path/control" ;;
    esac
  done
  printf 'tcmu-%08d-%s' "$index" "$name" >"$path/wwn/vpd_unit_serial"
  write_errno 60 1 "$path/enable" || { rmdir "$path" "${path%/*}"; rm "$STATE/devices/$name"; return 1; }
  for setting in "$@"; do
    case ${setting%%=*} in
      hw_block_size | hw_max_sectors | max_data_area_mb | nl_reply_supported | data_pages_per_blk | cmd_ring_size_mb) ;;
      *) echo "${setting#*=}" >"$path/attrib/${setting%%=*}" || fail "attribute $setting of $name" ;;
    esac
  done
}

# write_errno LIMIT VALUE FILE: writes, and leaves the errno's text ("No such file or directory") in $CASE_DIR/errno.
write_errno() {
  local said
  # shellcheck disable=SC2016 # expands in the inner shell
  if said=$(within "$1" bash -c 'echo "$1" >"$2"' write "$2" "$3" 2>&1); then
    : >"$CASE_DIR/errno"
    return 0
  fi
  [[ -n $said ]] || said="write error: no answer within $1 s"
  echo "${said##*write error: }" | tee "$CASE_DIR/errno" >&2
  return 1
}

device_path() { local found=("$CORE"/*_"$(<"$STATE/devices/$1")/$1"); echo "${found[0]}"; }
wwn_of() { printf 'naa.6001405%09x' "$(<"$STATE/devices/$1")"; }
uio_of() { local file; for file in /sys/class/uio/uio*/name; do [[ $(<"$file") != tcm-user/*/"$1"/* ]] || basename "${file%/name}"; done; }

# Exports a device through tcm_loop and prints its disk, /dev/sdX, once the kernel has read its capacity.
export_device() {
  local name=$1 wwn tpg address dir
  wwn=$(wwn_of "$name")
  tpg=$LOOPBACK/$wwn/tpgt_1
  mkdir -p "$tpg"
  echo "$wwn" >"$tpg/nexus"
  mkdir "$tpg/lun/lun_0"
  within 60 ln -s "$(device_path "$name")" "$tpg/lun/lun_0/$name" || fail "export of $name failed or hung"
  address=$(<"$tpg/address")
  dir=/sys/class/scsi_device/$address:0/device/block
  wait_until 30 "disk of $name" test -d "$dir"
  local disk=("$dir"/*)
  wait_until 30 "size of $name" disk_ready "${disk[0]##*/}"
  echo "/dev/${disk[0]##*/}"
}
disk_ready() { [[ -b /dev/$1 && $(<"/sys/block/$1/size") != 0 ]]; }

# disk NAME SIZE [KEY=VALUE...]: an image in /scratch, its device, its export; prints /dev/sdX.
disk() {
  local name=$1 size=$2 config
  shift 2
  config=$(image "/scratch/$name.img" "$size")
  create_device "$name" "$config" "$size" "$@" || fail "enable of $name: $(<"$CASE_DIR/errno")"
  export_device "$name"
}

unexport_device() {
  local tpg
  tpg=$LOOPBACK/$(wwn_of "$1")/tpgt_1
  [[ -d $tpg ]] || return 0
  if [[ -d $tpg/lun/lun_0 ]]; then
    [[ ! -L $tpg/lun/lun_0/$1 ]] || within 60 rm "$tpg/lun/lun_0/$1" || return 1
    rmdir "$tpg/lun/lun_0"
  fi
  within 30 rmdir "$tpg" "${tpg%/*}"
}
delete_device() {
  local path
  path=$(device_path "$1")
  unexport_device "$1" || return 1
  find "$path/alua" -mindepth 1 -maxdepth 1 ! -name default_tg_pt_gp -exec rmdir {} + || return 1
  within 60 rmdir "$path" "${path%/*}" || return 1
  rm "$STATE/devices/$1"
}
delete_all_devices() {
  local file
  for file in "$STATE"/devices/*; do
    [[ ! -e $file ]] || delete_device "${file##*/}" || return 1
  done
}

# --- the daemon -----------------------------------------------------------------------------------------------------
daemon_command() {
  case $DAEMON in
    ours) echo "$DAEMON_DIR/tcmu-runner" --config "$STATE/tcmu.conf" -l "$LOG_DIR" ;;
    c) echo tcmu-runner --tcmu-log-dir "$LOG_DIR" ;;
  esac
}
daemon_pid() { cat $STATE/pid 2>/dev/null; }
daemon_running() { local pid; pid=$(daemon_pid) && ! process_gone "$pid"; }
daemon_log() { cat $LOG_DIR/tcmu-runner.log $LOG_DIR/console 2>/dev/null || true; }
log_size() { stat -c %s "$1" 2>/dev/null || echo 0; }
# What the daemon wrote since the case began (mark_log), to its log and to its standard streams.
mark_log() { LOG_START=$(log_size $LOG_DIR/tcmu-runner.log) CONSOLE_START=$(log_size $LOG_DIR/console); export LOG_START CONSOLE_START; }
case_log() {
  tail -c "+$((LOG_START + 1))" $LOG_DIR/tcmu-runner.log 2>/dev/null || true
  tail -c "+$((CONSOLE_START + 1))" $LOG_DIR/console 2>/dev/null || true
}
# Waits for a line matching the pattern in what the daemon logged since the case began.
expect_log() { wait_until "$1" "log line /$2/" log_has "$2"; }
log_has() { case_log | grep -Ei -- "$1" >/dev/null; }

# Starts the daemon without waiting for it.
launch_daemon() {
  ! daemon_running || fail 'a daemon runs already'
  # Word splitting is wanted: daemon_command prints plain words.
  # shellcheck disable=SC2046
  setsid $(daemon_command) >>$LOG_DIR/console 2>&1 </dev/null &
  echo $! >$STATE/pid
}
# Starts it unless it runs, and waits until it answers netlink: it unblocks that last, once every device is served.
start_daemon() {
  daemon_running && return 0
  echo 1 >$MODULE/block_netlink
  launch_daemon
  wait_until 60 'daemon ready' daemon_ready
}
daemon_ready() {
  daemon_running || fail "the daemon ended at start: $(tail -1 $LOG_DIR/console)"
  [[ $(<$MODULE/block_netlink) == unblocked ]]
}
# stop_daemon [SIGNAL [LIMIT]]: default TERM, 30 s.
stop_daemon() {
  local pid
  pid=$(daemon_pid) || return 0
  kill "-${1:-TERM}" "$pid" 2>/dev/null || true
  wait_until "${2:-30}" "end of the daemon after SIG${1:-TERM}" process_gone "$pid"
  rm -f $STATE/pid
}

# --- input and output -----------------------------------------------------------------------------------------------
# fio_job LIMIT DISK OPTION...: direct, asynchronous; any error or wrong byte makes it fail.
fio_job() {
  local limit=$1 target=$2
  shift 2
  within "$limit" fio --name=job --filename="$target" --direct=1 --ioengine=libaio --thread --group_reporting --verify_fatal=1 \
    --minimal --output="$CASE_DIR/fio.$BASHPID" "$@"
}
# Completed reads and writes of a disk so far.
completed_io() { local stat; read -ra stat <"/sys/block/${1#/dev/}/stat"; echo $((stat[0] + stat[4])); }
read_direct() { within "${2:-30}" dd if="$1" of=/dev/null bs=64k count=4 iflag=direct status=none; }
drop_caches() { echo 3 >/proc/sys/vm/drop_caches; }
used_kib() { du -sk "$1" | cut -f1; }

# --- SCSI -----------------------------------------------------------------------------------------------------------
# scsi_answer DISK SG_RAW_ARGUMENT...: sets ANSWER to `good`, `K AA/QQ` (sense key, ASC, ASCQ in hex) or what sg_raw said.
# Nothing but sg_raw is started, for the sake of tables; the kernel ends a command after sg_raw's 20 s.
scsi_answer() {
  local code=0 lines bytes index
  sg_raw -v "$@" >"$CASE_DIR/sg_raw" 2>&1 || code=$?
  mapfile -t lines <"$CASE_DIR/sg_raw"
  for index in "${!lines[@]}"; do
    [[ ${lines[index]} == *'Raw sense data'* ]] || continue
    read -ra bytes <<<"${lines[index + 1]}"
    if [[ ${bytes[0]} == 7[23] ]]; then
      printf -v ANSWER '%X %s/%s' $((0x${bytes[1]} & 15)) "${bytes[2]^^}" "${bytes[3]^^}"
    else
      printf -v ANSWER '%X %s/%s' $((0x${bytes[2]} & 15)) "${bytes[12]^^}" "${bytes[13]^^}"
    fi
    return
  done
  if ((code == 0)); then ANSWER=good; else ANSWER="status $code: ${lines[*]: -1}"; fi
}
expect_sense() {
  local want=$1
  shift
  scsi_answer "$@"
  [[ $ANSWER == "$want" ]] || fail "${*:2}: expected $want, got $ANSWER"
}
