# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The kernel's own initiator (open-iscsi) at the portals of our daemon, which serves what /etc/tcmu/targets.json says.

readonly IQN=iqn.2026-11.tcmu-runner:vm INITIATOR=iqn.2026-11.tcmu-runner:guest TARGETS=/etc/tcmu/targets.json
readonly FIRST_PORTAL=127.0.0.1:3260 SECOND_PORTAL=127.0.0.2:3261
readonly CHAP_SECRET='the initiator proves' MUTUAL_SECRET='the target proves too'

# --- the target -----------------------------------------------------------------------------------------------------
# Writes the file from LUNS (MiB of each unit by its number; empty: not there) and PORTALS. With CHAP=1 both sides prove who they are,
# also before discovery.
write_targets() {
  local lun storage='' luns='' mapped='' portals='' portal chap='' discovery=''
  for lun in "${!LUNS[@]}"; do
    [[ -n ${LUNS[lun]} ]] || continue
    storage+=",{\"plugin\":\"user\",\"name\":\"unit$lun\",\"config\":\"file//scratch/iscsi-$lun.img\",\"size\":$((LUNS[lun] * MIB)),\"wwn\":\"vm-unit-$lun\"}"
    luns+=",{\"index\":$lun,\"storage_object\":\"/backstores/user/unit$lun\"}"
    mapped+=",{\"index\":$lun,\"tpg_lun\":$lun,\"write_protect\":false}"
  done
  for portal in "${PORTALS[@]}"; do portals+=",{\"ip_address\":\"${portal%:*}\",\"port\":${portal##*:}}"; done
  if ((${CHAP:-0})); then
    chap="\"chap_userid\":\"guest\",\"chap_password\":\"$CHAP_SECRET\",\"chap_mutual_userid\":\"vm\",\"chap_mutual_password\":\"$MUTUAL_SECRET\","
    discovery="{\"name\":\"iscsi\",\"discovery_enable_auth\":true,${chap//chap_/discovery_}}"
    discovery=${discovery/,\}/\}}
  fi
  mkdir -p "${TARGETS%/*}"
  cat >"$TARGETS.new" <<END
{ "fabric_modules": [$discovery], "storage_objects": [${storage:1}],
  "targets": [ { "fabric": "iscsi", "wwn": "$IQN", "tpgs": [ { "tag": 1, "enable": true, "attributes": { "authentication": ${CHAP:-0} },
    "luns": [${luns:1}], "portals": [${portals:1}],
    "node_acls": [ { $chap "node_wwn": "$INITIATOR", "mapped_luns": [${mapped:1}] } ] } ] } ] }
END
  mv "$TARGETS.new" "$TARGETS"
}
# Serves MIB of LUN 0 at the first portal.
serve_targets() {
  needs_ours 'has no iSCSI front'
  LUNS=("$1") PORTALS=("$FIRST_PORTAL")
  write_targets
  at_end end_iscsi
  ! daemon_running || stop_daemon
  start_daemon
  expect_log 30 'iSCSI serves'
}
# Has the daemon read the file again.
change_targets() {
  local before
  before=$(case_log | grep -c 'has been read again' || true)
  write_targets
  kill -HUP "$(daemon_pid)"
  wait_until 30 'the changed targets file' targets_read_again "$before"
}
targets_read_again() { (($(case_log | grep -c 'has been read again') > $1)); }

# --- the initiator --------------------------------------------------------------------------------------------------
# start_initiator [SETTING...]: iscsid, with settings beside those of node records.
start_initiator() {
  local setting
  modprobe -a iscsi_tcp crc32c_intel || modprobe -a iscsi_tcp crc32c_generic
  mkdir -p /run/lock/iscsi
  rm -rf /etc/iscsi/nodes /etc/iscsi/send_targets
  echo "InitiatorName=$INITIATOR" >/etc/iscsi/initiatorname.iscsi
  {
    echo 'iscsid.startup = /bin/false'
    echo 'node.startup = manual'
    for setting; do echo "$setting"; done
  } >/etc/iscsi/iscsid.conf
  setsid iscsid -f >"$CASE_DIR/iscsid" 2>&1 </dev/null &
  echo $! >"$STATE/iscsid"
  wait_until 20 'iscsid' grep -q ISCSIADM_ABSTRACT_NAMESPACE /proc/net/unix
}
# log_in PORTAL: finds the target there and logs in.
log_in() {
  within 60 iscsiadm -m discovery -t sendtargets -p "$1" -o new
  within 60 iscsiadm -m node -T "$IQN" -p "$1" --login
}
# Prints the disk of a LUN, /dev/sdX; with a session's number: the one that this session reaches.
lun_disk() {
  wait_until 30 "the disk of LUN $1" compgen -G "$(lun_block "$@")"
  local found
  found=$(compgen -G "$(lun_block "$@")" | head -1)
  wait_until 30 "the size of LUN $1" disk_ready "${found##*/}"
  echo "/dev/${found##*/}"
}
lun_block() { echo "/sys/class/iscsi_session/session${2:-*}/device/target*/*:*:*:$1/block/*"; }
disk_has_mib() { (($(blockdev --getsize64 "$1") == $2 * MIB)); }

# Undoes it all, whatever the case has left.
end_iscsi() {
  within 60 iscsiadm -m node --logoutall=all || true
  [[ ! -e $STATE/iscsid ]] || kill -9 "$(<"$STATE/iscsid")" || true
  rm -f "$STATE/iscsid" "$TARGETS"
  ! daemon_running || stop_daemon
}

# --- cases ----------------------------------------------------------------------------------------------------------
declare_case iscsi_login 240
case_iscsi_login() {
  local disk dir=/run/mnt/iscsi
  CHAP=1
  serve_targets 128
  start_initiator "discovery.sendtargets.auth.authmethod = CHAP" "discovery.sendtargets.auth.username = guest" \
    "discovery.sendtargets.auth.password = $CHAP_SECRET" "discovery.sendtargets.auth.username_in = vm" \
    "discovery.sendtargets.auth.password_in = $MUTUAL_SECRET" \
    'node.session.auth.authmethod = CHAP' 'node.session.auth.username = guest' 'node.session.auth.password = not the secret' \
    'node.session.initial_login_retry_max = 1' \
    'node.conn[0].iscsi.HeaderDigest = CRC32C' 'node.conn[0].iscsi.DataDigest = CRC32C'

  ! log_in $FIRST_PORTAL || fail 'the login with a wrong secret succeeded'
  expect_log 10 "$INITIATOR.*(secret|CHAP|authenti)"
  note "wrong secret: $(case_log | grep -i "$INITIATOR" | tail -1)"
  set_record node.session.auth.password "$CHAP_SECRET"
  set_record node.session.auth.username_in vm
  set_record node.session.auth.password_in 'another target'
  ! within 60 iscsiadm -m node -T $IQN -p $FIRST_PORTAL --login || fail 'the initiator believed a target that does not know its secret'
  set_record node.session.auth.password_in "$MUTUAL_SECRET"
  within 60 iscsiadm -m node -T $IQN -p $FIRST_PORTAL --login
  within 20 iscsiadm -m session -P 2 >"$CASE_DIR/session"
  [[ $(grep -cE 'HeaderDigest: CRC32C|DataDigest: CRC32C' "$CASE_DIR/session") == 2 ]] || fail 'the session has no digests'
  ! case_log | grep -qF -e "$CHAP_SECRET" -e "$MUTUAL_SECRET" || fail 'the log shows a secret'

  disk=$(lun_disk 0)
  within 60 mkfs.ext4 -q -F "$disk"
  mkdir -p $dir
  within 30 mount "$disk" $dir
  fio_job 120 $dir/file --rw=randrw --bs=4k --iodepth=16 --size=16M --verify=crc32c --verify_backlog=256
  within 30 umount $dir
  within 60 fsck.ext4 -f -n "$disk"
  within 60 iscsiadm -m node -T $IQN --logout
}
set_record() { within 20 iscsiadm -m node -T $IQN -p $FIRST_PORTAL -o update -n "$1" -v "$2"; }

# The session comes back by itself, and what fio has written is what it reads.
declare_case iscsi_restart 240
case_iscsi_restart() {
  local disk job signal before begin
  serve_targets 64
  start_initiator
  log_in $FIRST_PORTAL
  disk=$(lun_disk 0)
  verify_until_stopped "$disk" 0 32M &
  job=$!
  before=$(completed_io "$disk")
  wait_until 30 'first I/O' io_moved "$disk" $((before + 50))
  for signal in TERM KILL; do
    begin=$(now_ms)
    stop_daemon $signal 20
    [[ $signal == KILL ]] || note "the daemon ends $(($(now_ms) - begin)) ms after SIGTERM"
    before=$(completed_io "$disk")
    begin=$(now_ms)
    launch_daemon
    wait_until 60 "I/O after the restart (SIG$signal)" io_moved "$disk" $((before + 20))
    note "restart after SIG$signal: I/O goes on after $(($(now_ms) - begin)) ms"
    [[ ! -e $CASE_DIR/fio-failed ]] || fail "fio failed after SIG$signal"
  done
  touch "$CASE_DIR/stop"
  wait $job || fail 'fio saw an error or a wrong byte'
  [[ $(<"/sys/block/${disk#/dev/}/device/state") == running ]] || fail 'the disk is offline'
}

kernel_said() { dmesg | tail -n "+$((DMESG_START + 1))" | grep -F -- "$1" >/dev/null; }
rescan() { within 60 iscsiadm -m session --rescan; }

# A unit grows, another one comes and goes, while the first is written to.
declare_case iscsi_hot_changes 180
case_iscsi_hot_changes() {
  local disk second job
  serve_targets 32
  start_initiator
  log_in $FIRST_PORTAL
  disk=$(lun_disk 0)
  verify_until_stopped "$disk" 0 16M &
  job=$!
  wait_until 30 'first I/O' io_moved "$disk" 50

  LUNS=(48)
  change_targets
  wait_until 20 "the kernel's word on the size" kernel_said 'Capacity data has changed'
  rescan
  wait_until 20 'the new size' disk_has_mib "$disk" 48
  within 30 dd if=/dev/zero of="$disk" bs=64k count=1 seek=767 oflag=direct status=none

  LUNS=(48 16)
  change_targets
  wait_until 20 "the kernel's word on the LUNs" kernel_said 'LUN assignments on this target have changed'
  rescan
  second=$(lun_disk 1)
  within 30 dd if=/dev/urandom of=/scratch/source bs=64k count=16 status=none
  within 30 dd if=/scratch/source of="$second" bs=64k oflag=direct conv=fsync status=none
  within 30 cmp -n $MIB /scratch/source /scratch/iscsi-1.img || fail 'what was written to the new LUN is not in its image'

  LUNS=(48)
  change_targets
  # The first answer after the change is the unit attention of the other LUN's session, which sg_raw would show.
  scsi_answer "$second" 00 00 00 00 00 00
  expect_sense '5 25/00' "$second" 00 00 00 00 00 00
  ! within 30 dd if="$second" of=/dev/null bs=64k count=1 iflag=direct status=none || fail 'a LUN that is gone can be read'
  echo 1 >"/sys/block/${second#/dev/}/device/delete"
  rescan
  [[ ! -e /sys/block/${second#/dev/} ]] || fail 'the LUN that is gone has come back'

  touch "$CASE_DIR/stop"
  wait $job || fail 'fio saw an error or a wrong byte'
}

# --- multipath ------------------------------------------------------------------------------------------------------
start_multipath() {
  at_end end_multipath
  modprobe -a dm-multipath dm-round-robin
  cat >/etc/multipath.conf <<'END'
defaults {
  find_multipaths no
  polling_interval 1
  max_polling_interval 1
  path_grouping_policy multibus
  path_checker tur
  no_path_retry queue
}
blacklist { devnode "^(vd|loop|dm-)" }
END
  # multipathd asks udev what a disk is.
  setsid /lib/systemd/systemd-udevd >"$CASE_DIR/udevd" 2>&1 </dev/null &
  echo $! >"$STATE/udevd"
  wait_until 20 'udevd' test -S /run/udev/control
  within 60 udevadm trigger --settle --action=add --subsystem-match=block
  env -u DM_DISABLE_UDEV setsid multipathd -d >"$CASE_DIR/multipathd" 2>&1 </dev/null &
  echo $! >"$STATE/multipathd"
}
end_multipath() {
  local name
  for name in $(multipath_maps); do dmsetup message "$name" 0 fail_if_no_path || true; done
  for name in multipathd udevd; do [[ ! -e $STATE/$name ]] || kill -9 "$(<"$STATE/$name")" || true; done
  for name in $(multipath_maps); do within 20 dmsetup remove --retry "$name" || true; done
  rm -f "$STATE/multipathd" "$STATE/udevd" /etc/multipath.conf /run/udev/control
}
multipath_maps() { dmsetup ls --target multipath 2>/dev/null | awk '$2 ~ /\(/ {print $1}'; }
has_map() { [[ -n $(multipath_maps) ]]; }
# paths_are MAP STATES: the states of a map's paths, A for active and F for failed, in order of their names.
paths_are() { [[ $(dmsetup status "$1" | grep -oE '[0-9]+:[0-9]+ [AF]' | cut -d' ' -f2 | sort | tr -d '\n') == "$2" ]]; }

# Two portals, each of which goes away and comes back under I/O: whoever uses the disk sees nothing.
declare_case iscsi_multipath 240
case_iscsi_multipath() {
  local map disk job before kept
  serve_targets 64
  PORTALS=("$FIRST_PORTAL" "$SECOND_PORTAL")
  change_targets
  start_initiator 'node.session.timeo.replacement_timeout = 2'
  within 60 iscsiadm -m discovery -t sendtargets -p $FIRST_PORTAL
  within 60 iscsiadm -m node -T $IQN --login
  start_multipath
  wait_until 30 'the map' has_map
  map=$(multipath_maps)
  wait_until 30 'two paths' paths_are "$map" AA
  disk=/dev/$(dmsetup info -c --noheadings -o blkdevname "$map")
  verify_until_stopped "$disk" 0 32M &
  job=$!
  wait_until 30 'first I/O' io_moved "$disk" 50

  for kept in "$FIRST_PORTAL" "$SECOND_PORTAL"; do
    PORTALS=("$kept")
    change_targets
    wait_until 30 'one path is gone' paths_are "$map" AF
    before=$(completed_io "$disk")
    wait_until 30 "I/O by way of $kept" io_moved "$disk" $((before + 100))
    PORTALS=("$FIRST_PORTAL" "$SECOND_PORTAL")
    change_targets
    wait_until 60 'both paths are back' paths_are "$map" AA
  done
  touch "$CASE_DIR/stop"
  wait $job || fail 'fio saw an error or a wrong byte'
}
