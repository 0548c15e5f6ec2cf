# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# TcmuRunner.Lio beside rtslib-fb in front of the same kernel: what one makes the other sees, saves, restores and deletes.

LIO_DRIVER=$PWD/../TcmuRunner.Lio.Driver/bin/Debug/net10.0/TcmuRunner.Lio.Driver.dll

lio() { within 120 dotnet "$LIO_DRIVER" "$@"; }
rtslib() { within 120 python3 lio_case.py "$@"; }
same_dump() { lio dump | rtslib same || fail "after $1: our dump and rtslib's differ: $(diff "$CASE_DIR/ours" "$CASE_DIR/theirs" | head -5 | tr '\n' ' ')"; }

prepare_lio() {
  [[ -e $LIO_DRIVER ]] || skip 'tests/TcmuRunner.Lio.Driver is not built (dotnet build TcmuRunner.sln)'
  # rtslib keeps its database there, and can move it only while there is no storage object.
  mkdir -p /etc/rtslib-fb-target/pr /var/target/pr
  modprobe -a loop target_core_iblock target_core_pscsi iscsi_target_mod vhost_scsi
  modprobe scsi_debug dev_size_mb=8
  wait_until 20 'a SCSI disk' compgen -G '/sys/bus/pseudo/drivers/scsi_debug/adapter0/host*/target*/*/block/sd*'
  LIO_SCSI=/dev/$(basename /sys/bus/pseudo/drivers/scsi_debug/adapter0/host*/target*/*/block/sd*)
  truncate -s 32M /scratch/lio-block.img
  modprobe loop
  LIO_BLOCK=$(losetup --show -f /scratch/lio-block.img)
  start_daemon
  LIO_USER=$(image /scratch/lio-user.img $((16 * MIB)))
}

# What our library makes, rtslib dumps the same, saves, restores and deletes.
declare_case lio_ours_then_rtslib 200
case_lio_ours_then_rtslib() {
  prepare_lio
  lio build /scratch/lio-f1.img "$LIO_USER" "$LIO_BLOCK" "$LIO_SCSI"
  note "$(lio list | awk '{print $1}' | sort | uniq -c | awk '{printf "%s %s, ", $1, $2}')"
  same_dump 'our build'
  lio save "$CASE_DIR/ours.json"
  [[ $(stat -c %a "$CASE_DIR/ours.json") == 600 ]] || fail 'the saved file can be read by others'
  rtslib save "$CASE_DIR/theirs.json"
  rtslib same-files "$CASE_DIR/ours.json" "$CASE_DIR/theirs.json"
  rtslib clear
  [[ $(lio dump) == '{"fabric_modules":[],"storage_objects":[],"targets":[]}' ]] || fail "after rtslib's clear we see $(lio list | head -3)"
  rtslib restore "$CASE_DIR/ours.json"
  same_dump "rtslib's restore of our file"
  [[ -z $(lio plan "$CASE_DIR/ours.json") ]] || fail "a difference after the restore: $(lio plan "$CASE_DIR/ours.json" | head -3)"
  lio clear
  rtslib empty
}

# And the other way round.
declare_case lio_rtslib_then_ours 200
case_lio_rtslib_then_ours() {
  prepare_lio
  rtslib build /scratch/lio-f1.img "$LIO_USER" "$LIO_BLOCK" "$LIO_SCSI"
  same_dump "rtslib's build"
  rtslib save "$CASE_DIR/theirs.json"
  lio clear
  rtslib empty
  lio restore "$CASE_DIR/theirs.json"
  same_dump "our restore of rtslib's file"
  lio save "$CASE_DIR/ours.json"
  # The local initiators of loopback and vhost have new names; saved files do not hold them.
  rtslib same-files "$CASE_DIR/ours.json" "$CASE_DIR/theirs.json"
  sed -i 's/"enable": true/"enable": false/' "$CASE_DIR/theirs.json"
  lio apply "$CASE_DIR/theirs.json"
  [[ $(cat /sys/kernel/config/target/iscsi/iqn*/tpgt_1/enable) == 0 ]] || fail 'apply did not close the portal group'
  echo '{ "storage_objects": [], "targets": [] }' >"$CASE_DIR/nothing.json"
  lio apply "$CASE_DIR/nothing.json"
  rtslib empty
}

declare_case lio_errors 60
case_lio_errors() {
  prepare_lio
  lio errors >"$CASE_DIR/errors" || fail "$(tr '\n' ' ' <"$CASE_DIR/errors")"
  if within 60 setpriv --reuid=65534 --clear-groups --inh-caps=-all dotnet "$LIO_DRIVER" many 1 /scratch >"$CASE_DIR/nobody" 2>&1; then
    fail 'an ordinary user may configure LIO'
  fi
  grep -q 'run this as root' "$CASE_DIR/nobody" || fail "an ordinary user is told: $(head -1 "$CASE_DIR/nobody")"
  rtslib empty
}

# LIO_LUNS=1000 tests/vm/run -c lio_many_luns measures: more LUNs, and rtslib's time for making them beside ours.
declare_case lio_many_luns 300
case_lio_many_luns() {
  local luns=${LIO_LUNS:-256} line
  prepare_lio
  mkdir -p /scratch/lio-many
  lio many "$luns" /scratch/lio-many >"$CASE_DIR/times" || fail "of $luns LUNs: $(tail -1 "$CASE_DIR/times")"
  while read -r line; do note "$line"; done <"$CASE_DIR/times"
  rtslib empty
  if [[ -n ${LIO_LUNS-} ]]; then
    note "$(rtslib many "$luns" /scratch/lio-many)"
    rtslib clear
  fi
}
