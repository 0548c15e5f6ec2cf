# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# libiscsi's conformance suite at the kernel's iSCSI target, with a TCMU disk of ours behind it.

readonly LIO_TPG=/sys/kernel/config/target/iscsi/iqn.2026-11.tcmu-runner:kernel/tpgt_1
readonly LIO_URL=iqn.2026-11.tcmu-runner:kernel/0
readonly SUITE_FOLDER=$PWD/../iscsi
# What the way through the kernel can make different, and short: the suites of commands with 10 and 12 bytes differ from those with 16 in the
# CDB only, persistent reservations are the kernel's. `ALL` would be everything, and take minutes; over the embedded front it is run
# (tests/iscsi/suite).
SUITE_TESTS=('ALL.[EGIMT]*' 'ALL.[RW]*[de]16')

# Exports a device under LUN 0, at two portals, to whoever comes.
export_through_iscsi() {
  local setting
  modprobe iscsi_target_mod
  at_end end_export_through_iscsi "$1"
  mkdir -p "$LIO_TPG/lun/lun_0"
  within 60 ln -s "$(device_path "$1")" "$LIO_TPG/lun/lun_0/$1"
  mkdir "$LIO_TPG/np/127.0.0.1:3270" "$LIO_TPG/np/127.0.0.1:3271"
  for setting in authentication=0 generate_node_acls=1 demo_mode_write_protect=0 cache_dynamic_acls=1; do
    echo "${setting#*=}" >"$LIO_TPG/attrib/${setting%%=*}"
  done
  echo 1 >"$LIO_TPG/enable"
}
end_export_through_iscsi() {
  [[ -d $LIO_TPG ]] || return 0
  echo 0 >"$LIO_TPG/enable"
  within 60 rm -f "$LIO_TPG/lun/lun_0/$1"
  within 60 rmdir "$LIO_TPG"/np/* "$LIO_TPG/lun/lun_0" "$LIO_TPG" "${LIO_TPG%/*}"
}

# What does not pass is in kernel-target.txt with its reason.
declare_case iscsi_suite_through_kernel 320
case_iscsi_suite_through_kernel() {
  local config tests state name unexplained='' passed=0 failed=0 skipped=0 code=0
  needs_ours 'fails 62 of them'
  start_daemon
  config=$(image /scratch/suite.img $((256 * MIB)))
  # The suite does not look at the longest transfer, which is 128 blocks unless said otherwise.
  create_device suite "$config" $((256 * MIB)) hw_max_sectors=2048
  export_through_iscsi suite
  for tests in "${SUITE_TESTS[@]}"; do
    within 150 iscsi-test-cu --dataloss --allow-sanitize --test="$tests" "iscsi://127.0.0.1:3270/$LIO_URL" "iscsi://127.0.0.1:3271/$LIO_URL" \
      >>"$CASE_DIR/suite.log" 2>&1 || code=$?
    ((code <= 1)) || fail "iscsi-test-cu --test=$tests ended with status $code"
  done
  awk -f "$SUITE_FOLDER/digest.awk" "$CASE_DIR/suite.log" >"$CASE_DIR/suite.tests"
  while read -r state name; do
    if [[ $state == passed ]]; then
      ((passed += 1))
    elif ! grep -qE "^${state}[[:space:]]+${name//./\\.}[[:space:]]" "$SUITE_FOLDER/kernel-target.txt"; then
      unexplained+=", $name is $state"
    elif [[ $state == failed ]]; then
      ((failed += 1))
    else
      ((skipped += 1))
    fi
  done <"$CASE_DIR/suite.tests"
  note "$passed passed, $skipped skipped, $failed fail for a reason that kernel-target.txt names"
  [[ -z $unexplained ]] || fail "kernel-target.txt gives no reason: ${unexplained:2}"
  ((passed >= 30)) || fail "only $passed tests passed"
}
