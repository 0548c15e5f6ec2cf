# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Control: the daemon on the system bus, with targetcli, rtslib, gluster-block's and ceph-iscsi's steps, as Debian ships the tools.

readonly BUS_NAME=org.kernel.TCMUService1 BUS_PATH=/org/kernel/TCMUService1
readonly ISCSI_TARGET=iqn.2003-01.org.example:control

# The system bus, with our policy in place of what the machine may have from the C package.
start_bus() {
  pgrep -f 'dbus-daemon --system' >/dev/null && return 0
  rm -f /etc/dbus-1/system.d/tcmu-runner.conf /usr/share/dbus-1/system-services/$BUS_NAME.service /run/dbus/pid
  cp "$DAEMON_DIR/dbus/tcmu-runner.conf" /usr/share/dbus-1/system.d/
  dbus-daemon --system --fork --nopidfile
}
stop_bus() { pkill -f 'dbus-daemon --system'; wait_until 10 'the end of the bus' bus_gone; }
bus_gone() { ! pgrep -f 'dbus-daemon --system'; }
on_bus() { [[ $(busctl --system --no-legend call org.freedesktop.DBus / org.freedesktop.DBus NameHasOwner s "$1") == 'b true' ]]; }
start_on_bus() {
  needs_ours 'has no interface for devices'
  start_bus
  start_daemon
  wait_until 60 'the daemon on the bus' on_bus $BUS_NAME
}
targetcli_said() { within 120 targetcli "$@" >"$CASE_DIR/targetcli" 2>&1; }
targetcli_does() { targetcli_said "$@" || fail "targetcli $*: $(tail -1 "$CASE_DIR/targetcli")"; }
targetcli_shows() { targetcli_does "$1" ls; grep -qE -- "$2" "$CASE_DIR/targetcli" || fail "targetcli $1 ls does not show /$2/"; }
# What a case made through other tools than the helpers goes again, however the case ends.
clear_at_end() { trap 'within 60 targetcli / clearconfig confirm=True >/dev/null 2>&1 || true' EXIT; }
user_devices() { compgen -G "$CORE/user_*/*/enable" | wc -l; }

# Everything that an administrator does in targetcli's shell, over a restart of the daemon.
declare_case targetcli 600
case_targetcli() {
  local disk wwn serial
  modprobe iscsi_target_mod
  clear_at_end
  start_on_bus
  targetcli_shows /backstores 'user:file .*Storage Objects: 0'
  targetcli_shows /backstores 'user:memory .*Storage Objects: 0'
  targetcli_does /backstores/user:file help create
  grep -q 'file//' "$CASE_DIR/targetcli" || fail 'help create does not show the grammar'

  # Refused with the handler's own reason, and nothing is left.
  ! targetcli_said /backstores/user:file create name=bad size=16M cfgstring=none.img || fail 'a relative path was accepted'
  grep -q "cfgstring invalid: The path 'none.img' is not absolute" "$CASE_DIR/targetcli" || fail "refused with: $(tail -1 "$CASE_DIR/targetcli")"
  note "bad configuration: $(grep -o 'cfgstring invalid.*' "$CASE_DIR/targetcli")"
  [[ $(user_devices) == 0 ]] || fail 'a refused device was left in configfs'

  truncate -s 16M /scratch/cli.img
  targetcli_does /backstores/user:file create name=cli size=16M cfgstring=/scratch/cli.img
  targetcli_shows /backstores/user:file '/scratch/cli.img \(16.0MiB\) deactivated'
  targetcli_does /loopback create naa.5001405aaaaaaaaa
  targetcli_does /loopback/naa.5001405aaaaaaaaa/luns create /backstores/user:file/cli
  targetcli_does /iscsi create $ISCSI_TARGET
  targetcli_does /iscsi/$ISCSI_TARGET/tpg1/luns create /backstores/user:file/cli
  targetcli_shows /iscsi/$ISCSI_TARGET/tpg1/luns 'user/cli'
  disk=$(disk_of naa.5001405aaaaaaaaa)
  dd if=/dev/urandom of="$disk" bs=64k count=16 oflag=direct status=none
  sha256sum <(dd if="$disk" bs=64k count=16 iflag=direct status=none) | cut -d' ' -f1 >"$CASE_DIR/sum"
  serial=$(<"$(echo $CORE/user_*/cli/wwn/vpd_unit_serial)")

  # saveconfig, everything gone, restoreconfig after a restart: as at a reboot.
  targetcli_does / saveconfig "$CASE_DIR/saved.json"
  targetcli_does / clearconfig confirm=True
  [[ $(user_devices) == 0 ]] || fail 'clearconfig left a device'
  stop_daemon TERM 30
  start_on_bus
  targetcli_does / restoreconfig "$CASE_DIR/saved.json"
  ! grep -qiE 'error|could not|skipped' "$CASE_DIR/targetcli" || fail "restoreconfig: $(grep -iE 'error|could not|skipped' "$CASE_DIR/targetcli" | head -1)"
  [[ $(<"$(echo $CORE/user_*/cli/wwn/vpd_unit_serial)") == "$serial" ]] || fail 'the serial number changed'
  targetcli_shows /iscsi/$ISCSI_TARGET/tpg1/luns 'user/cli'
  disk=$(disk_of naa.5001405aaaaaaaaa)
  [[ $(sha256sum <(dd if="$disk" bs=64k count=16 iflag=direct status=none) | cut -d' ' -f1) == "$(<"$CASE_DIR/sum")" ]] || fail 'the data changed'

  targetcli_does /iscsi delete $ISCSI_TARGET
  targetcli_does /loopback delete naa.5001405aaaaaaaaa
  targetcli_does /backstores/user:file delete cli
  [[ $(user_devices) == 0 ]] || fail 'delete left a device'
}
# The disk that a loopback target has, once the kernel has read its size.
disk_of() {
  local dir
  dir=/sys/class/scsi_device/$(<"$LOOPBACK/$1/tpgt_1/address"):0/device/block
  wait_until 30 "the disk of $1" test -d "$dir"
  wait_until 30 "the size of $1" disk_ready "$(basename "$dir"/*)"
  echo "/dev/$(basename "$dir"/*)"
}

# What gluster-block and ceph-iscsi do beneath (handlers.md 9 and 10), with the file handler in place of glfs and rbd.
declare_case gluster_block_and_ceph 300
case_gluster_block_and_ceph() {
  clear_at_end
  start_on_bus
  truncate -s 16M /scratch/gb.img /scratch/ceph.img
  targetcli_does /backstores/user:file ls
  within 20 ps -e -o comm= | grep -qx tcmu-runner || fail 'no process is called tcmu-runner'
  targetcli_does /backstores/user:file create name=gb size=16M "cfgstring=/scratch/gb.img;tcmur_cmd_time_out=43" \
    control=max_data_area_mb=8,hw_block_size=512 wwn=11111111-2222-3333-4444-555555555555
  targetcli_does /backstores/user:file/gb set attribute cmd_time_out=130
  within 120 python3 control_case.py
  targetcli_does /backstores/user:file/gb set attribute dev_size=$((32 * MIB))
  [[ $(<"$(echo $CORE/user_*/gb/attrib/dev_size)") == $((32 * MIB)) ]] || fail 'dev_size did not change'
  targetcli_does / clearconfig confirm=True
  [[ $(user_devices) == 0 ]] || fail 'clearconfig left a device'
}

# Objects, methods and signals of devices, asked with busctl.
declare_case bus_devices 120
case_bus_devices() {
  local disk path=$BUS_PATH/devices monitor
  start_on_bus
  busctl --system monitor --match "type='signal',interface='$BUS_NAME.Devices1'" >"$CASE_DIR/signals" 2>"$CASE_DIR/monitor" &
  monitor=$!
  wait_until 20 'the monitor' grep -q Monitoring "$CASE_DIR/monitor"
  disk=$(disk busdev $((16 * MIB)))
  path+=/user_5f$(<"$STATE/devices/busdev")_2fbusdev
  wait_until 20 'the object of the device' device_is "$path" State 's "serving"'
  device_is "$path" SizeBytes "t $((16 * MIB))" || fail 'the size is wrong'
  read_direct "$disk"
  ! device_is "$path" Commands 't 0' || fail 'no command was counted'
  busctl --system call $BUS_NAME "$path" $BUS_NAME.Device1 Resize t $((32 * MIB))
  wait_until 20 'the new size on the bus' device_is "$path" SizeBytes "t $((32 * MIB))"
  ! busctl --system call $BUS_NAME "$path" $BUS_NAME.Device1 Resize t 1000 2>"$CASE_DIR/refused" || fail 'a size of 1000 was accepted'
  note "refused: $(head -1 "$CASE_DIR/refused")"
  # shellcheck disable=SC2016 # the shell of that user expands it
  ! setpriv --reuid=65534 --regid=65534 --clear-groups busctl --system call $BUS_NAME $BUS_PATH/file $BUS_NAME CheckConfig s file//etc/shadow 2>"$CASE_DIR/denied" ||
    fail 'a user may check configurations'
  grep -qi 'denied\|access\|rejected' "$CASE_DIR/denied" || fail "a user is refused with: $(<"$CASE_DIR/denied")"
  setpriv --reuid=65534 --regid=65534 --clear-groups busctl --system tree --list $BUS_NAME | grep -q "$BUS_PATH/file" || fail 'a user may not look'
  delete_device busdev
  wait_until 20 'the signals' grep -q DeviceRemoved "$CASE_DIR/signals"
  kill "$monitor"
  for signal in DeviceAdded DeviceResized DeviceRemoved; do grep -q "$signal" "$CASE_DIR/signals" || fail "no signal $signal"; done
}

device_is() { [[ $(busctl --system get-property $BUS_NAME "$1" $BUS_NAME.Device1 "$2") == "$3" ]]; }

# The data path does not notice a bus that is killed; the service comes back with the bus.
declare_case bus_goes_away 180
case_bus_goes_away() {
  local disk job before
  start_on_bus
  disk=$(disk nobus $((64 * MIB)))
  fio_job 120 "$disk" --rw=randwrite --bs=4k --iodepth=8 --size=64M --verify=crc32c --do_verify=1 --time_based --runtime=15 &
  job=$!
  stop_bus
  before=$(completed_io "$disk")
  wait_until 20 'I/O without a bus' io_beyond "$disk" "$before"
  start_bus
  wait_until 60 'the daemon back on the bus' on_bus $BUS_NAME
  wait "$job" || fail 'I/O failed while the bus was away'
  expect_log 5 'is not on the bus'
  stop_bus
  stop_daemon TERM 30
  start_daemon
  read_direct "$disk"
  start_bus
  wait_until 60 'the daemon on a late bus' on_bus $BUS_NAME
}
io_beyond() { (($(completed_io "$1") > $2 + 100)); }

# The notifications that systemd gets, by a socket in its place.
declare_case service_manager 120
case_service_manager() {
  needs_ours 'sends none'
  local command listener
  python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode().replace("\n", "|"), flush=True)' "$CASE_DIR/notify" >"$CASE_DIR/notified" &
  listener=$!
  wait_until 20 'the socket' test -S "$CASE_DIR/notify"
  ! daemon_running || stop_daemon TERM 30
  command=$(daemon_command)
  # shellcheck disable=SC2086 # plain words
  NOTIFY_SOCKET=$CASE_DIR/notify WATCHDOG_USEC=4000000 setsid $command >>$LOG_DIR/console 2>&1 </dev/null &
  echo $! >$STATE/pid
  wait_until 60 'READY' grep -q 'READY=1|STATUS=Serving 0 devices' "$CASE_DIR/notified"
  daemon_ready || fail 'it said READY before it was'
  read_direct "$(disk notify $((8 * MIB)))"
  wait_until 20 'STATUS' grep -qx 'STATUS=Serving 1 devices' "$CASE_DIR/notified"
  : >"$CASE_DIR/notified"
  wait_until 20 'a sign of life' grep -q 'WATCHDOG=1' "$CASE_DIR/notified"
  kill -HUP "$(daemon_pid)"
  wait_until 20 'RELOADING' grep -q 'RELOADING=1|MONOTONIC_USEC=' "$CASE_DIR/notified"
  wait_until 20 'READY after that' grep -qx 'READY=1' "$CASE_DIR/notified"
  stop_daemon TERM 30
  wait_until 20 'STOPPING' grep -q 'STOPPING=1' "$CASE_DIR/notified"
  kill "$listener"
}

# tcmuctl, from nothing to a disk and back.
declare_case tcmuctl 300
case_tcmuctl() {
  local ctl=$DAEMON_DIR/tcmuctl disk code=0
  clear_at_end
  start_on_bus
  truncate -s 16M /scratch/ctl.img
  ctl_does status
  ctl_does handlers
  ! "$ctl" check file/relative >"$CASE_DIR/ctl" || fail 'a bad configuration was accepted'
  "$ctl" create bad file/relative --size 16M 2>"$CASE_DIR/ctl" || code=$?
  [[ $code == 1 && $(<"$CASE_DIR/ctl") == *not\ absolute* ]] || fail "create with a bad configuration: status $code, $(<"$CASE_DIR/ctl")"
  [[ $(user_devices) == 0 ]] || fail 'a refused device was left in configfs'
  ctl_does create ctl file//scratch/ctl.img --size 16M
  disk=$("$ctl" export ctl --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["disk"])')
  wait_until 30 'the disk' disk_ready "${disk#/dev/}"
  read_direct "$disk"
  ctl_does ls
  grep -q "loopback/.*$disk" "$CASE_DIR/ctl" || fail "ls does not show $disk"
  ctl_does explain ctl
  grep -qE "this machine, as $disk" "$CASE_DIR/ctl" || fail 'explain does not show the disk'
  grep -qE 'hw_block_size +512 +(default|fixed)' "$CASE_DIR/ctl" || fail 'explain does not show where a setting comes from'
  ctl_does resize ctl 32M
  [[ $(<"$(echo $CORE/user_*/ctl/attrib/dev_size)") == $((32 * MIB)) ]] || fail 'the size did not change'
  ctl_does bench ctl --seconds 2 --depth 4
  note "bench: $(head -1 "$CASE_DIR/ctl")"
  ctl_does top --count 1
  ctl_does log-level commands --device ctl
  read_direct "$disk"
  expect_log 20 'ctl.*READ'
  ctl_does log-level default --device ctl
  ctl_does save "$CASE_DIR/ctl.json"
  ctl_does apply "$CASE_DIR/ctl.json" --dry-run
  grep -q 'Everything is as it shall be' "$CASE_DIR/ctl" || fail "apply of what was saved: $(head -2 "$CASE_DIR/ctl")"
  ctl_does doctor
  code=0
  "$ctl" delete ctl 2>"$CASE_DIR/ctl" || code=$?
  [[ $code == 1 && $(<"$CASE_DIR/ctl") == *is\ exported* ]] || fail 'an exported device was removed'
  ctl_does unexport ctl
  ctl_does delete ctl
  [[ $(user_devices) == 0 ]] || fail 'delete left a device'
}
ctl_does() { within 60 "$DAEMON_DIR/tcmuctl" "$@" >"$CASE_DIR/ctl" 2>&1 || fail "tcmuctl $*: $(head -2 "$CASE_DIR/ctl" | tr '\n' ' ')"; }
