# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The daemon among its neighbours: another daemon, no module, the object library that targetcli uses.

declare_case second_daemon 60
case_second_daemon() {
  needs_ours 'has its own text and status here'
  local disk said code=0
  start_daemon
  disk=$(disk first $((8 * MIB)))
  # shellcheck disable=SC2046 # plain words
  said=$(within 40 $(daemon_command) 2>&1) || code=$?
  [[ $code != 0 && $code != 124 ]] || fail "a second daemon ended with status $code"
  [[ $said == *already\ running* ]] || fail "a second daemon said: $said"
  note "second daemon: $(head -1 <<<"$said")"
  read_direct "$disk"
  [[ $(<$MODULE/block_netlink) == unblocked ]] || fail 'the second daemon left netlink blocked'
}

# The daemon holds the module through its netlink socket.
unload_modules() {
  ! daemon_running || stop_daemon TERM 20
  # The fabric's directory holds its module.
  [[ ! -d $LOOPBACK ]] || rmdir "$LOOPBACK"
  modprobe -r tcm_loop target_core_user
  [[ ! -d /sys/module/target_core_user ]] || fail 'the modules could not be unloaded'
}

declare_case module_missing 60
case_module_missing() {
  needs_ours 'has its own text here'
  local said code=0 modules
  modules=/lib/modules/$(uname -r)
  unload_modules
  mv "$modules" /lib/modules/away
  # shellcheck disable=SC2046 # plain words
  said=$(within 40 $(daemon_command) 2>&1) || code=$?
  mv /lib/modules/away "$modules"
  modprobe target_core_user
  modprobe tcm_loop
  note "without the module: $(head -1 <<<"$said")"
  [[ $code == 1 ]] || fail "status $code"
  [[ $said == *target_core_user* ]] || fail 'the message does not name the module'
  (($(grep -c . <<<"$said") <= 2)) || fail "not one clear line: $said"
}

# The module is loaded by the daemon when it can be.
declare_case module_loaded_at_start 60
case_module_loaded_at_start() {
  unload_modules
  launch_daemon
  wait_until 40 'the module' test -d $MODULE
  wait_until 40 'netlink unblocked' daemon_ready
  modprobe tcm_loop
  if [[ $DAEMON == ours ]]; then expect_log 20 'handler|device'; fi
  wait_until 20 'a device after that' create_once
  read_direct "$(export_device late)"
}
create_once() { [[ -e $STATE/devices/late ]] || create_device late "$(image /scratch/late.img $((8 * MIB)))" $((8 * MIB)); }

declare_case stop_and_start_idle 60
case_stop_and_start_idle() {
  local disk pid
  start_daemon
  disk=$(disk idle $((8 * MIB)))
  stop_daemon TERM 20
  [[ $(<"$(device_path idle)/action/block_dev") == unblocked ]] || fail 'the device stayed blocked'
  start_daemon
  read_direct "$disk"
  pid=$(daemon_pid)
  [[ $DAEMON == c ]] || { kill -HUP "$pid"; read_direct "$disk"; daemon_running || fail 'SIGHUP ended the daemon'; }
}

# The settings of one device do not hold up another: replies off for one, on for the other.
declare_case replies_off 45
case_replies_off() {
  start_daemon
  create_device quiet "$(image /scratch/quiet.img $((8 * MIB)))" $((8 * MIB)) nl_reply_supported=-1 || fail "enable: $(<"$CASE_DIR/errno")"
  wait_until 20 'the device served' test -n "$(uio_of quiet)"
  read_direct "$(export_device quiet)"
  delete_device quiet
  read_direct "$(disk loud $((8 * MIB)))"
}

declare_case rtslib 120
case_rtslib() {
  local config
  start_daemon
  config=$(image /scratch/rtslib.img $((16 * MIB)))
  within 100 python3 rtslib_case.py "$config" $((16 * MIB)) "$CASE_DIR/saved.json" "$DAEMON"
}
