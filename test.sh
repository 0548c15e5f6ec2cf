#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test.sh - everything that shows this tree to be right: format, build without warnings, unit tests, system tests in a VM.
#
#   ./test.sh            all of it
#   ./test.sh --quick    without the virtual machine and the clusters
#
# Installs the Debian packages it lacks when run as root; the .NET SDK has to be there. Without root the virtual machine is
# skipped; with CI=true whatever is missing fails. The last line is `N passed, N failed, N skipped`; status 1 when one failed.
# shellcheck disable=SC2317 # `stage` calls the functions
set -euo pipefail
cd "$(dirname "$0")"
exec </dev/null

quick=0
for argument; do
  case $argument in
    --quick) quick=1 ;;
    *) sed -n '3,9p' "$0" | sed 's/^# \{0,1\}//'; exit 2 ;;
  esac
done
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

passed=0 failed=0 skipped=0
finish() {
  echo
  echo "$passed passed, $failed failed, $skipped skipped"
  exit $((failed > 0))
}
# stage NAME COMMAND...: one heading, the output, the time; a failing stage counts as one failure.
stage() {
  local name=$1 begin=$SECONDS
  shift
  echo "=== $name"
  if "$@"; then
    echo "--- $name: $((SECONDS - begin)) s"
    return 0
  fi
  echo "--- $name FAILED after $((SECONDS - begin)) s"
  return 1
}
# missing WHAT: a skip here, a failure in CI.
missing() {
  echo "test.sh: $1" >&2
  if [[ ${CI-} == true ]]; then ((failed += 1)); else ((skipped += 1)); fi
}

# The C compiler proves the layouts of kernel structures, QEMU's tools are the other users of an image, the rest are clients
# of the bus and an initiator.
install_packages() {
  local package absent=()
  for package in gcc:gcc libc6-dev:/usr/include/stdio.h linux-libc-dev:/usr/include/linux/target_core_user.h \
    python3:python3 qemu-utils:qemu-img qemu-block-extra:/usr/lib/x86_64-linux-gnu/qemu/block-iscsi.so \
    dbus-daemon:dbus-daemon libglib2.0-bin:gdbus systemd:busctl libiscsi-bin:iscsi-test-cu; do
    [[ ${package#*:} == /* && -e ${package#*:} ]] || command -v "${package#*:}" >/dev/null || absent+=("${package%%:*}")
  done
  ((${#absent[@]})) || return 0
  [[ $(id -u) == 0 ]] || { missing "install ${absent[*]} to run every unit test"; return 0; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${absent[@]}" >/dev/null
}

# Each test project is an executable of its own; its summary has `Total: N, Errors: N, Failed: N, Skipped: N`.
unit_tests() {
  local project name log code counts status=0
  log=$(mktemp)
  for project in tests/*.Tests; do
    name=$(basename "$project")
    code=0
    timeout --kill-after=10 900 dotnet "$project/bin/Debug/net10.0/$name.dll" -noColor >"$log" 2>&1 || code=$?
    counts=$(grep -oP 'Total: \d+, Errors: \d+, Failed: \d+, Skipped: \d+' "$log" | tail -1 || true)
    if [[ -n $counts ]]; then
      read -r total errors failures skips < <(tr -cd '0-9 ' <<<"$counts")
      ((passed += total - failures - skips, failed += failures + errors, skipped += skips))
      ((code == 0 || failures + errors > 0)) || ((failed += 1))
      echo "$name: $counts"
    else
      ((failed += 1))
      echo "$name: no result, status $code"
    fi
    if ((code)); then
      status=1
      cat "$log"
    fi
  done
  rm "$log"
  return "$status"
}

# counted COMMAND...: runs something whose last line is `N passed, N failed, N skipped`, and adds that up.
counted() {
  local log code=0
  log=$(mktemp)
  "$@" | tee "$log" || code=$?
  if read -r p _ f _ s _ < <(grep -E '^[0-9]+ passed, ' "$log" | tail -1); then
    ((passed += p, failed += f, skipped += s)) || true
    ((code == 0 || f > 0)) || ((failed += 1))
  else
    ((failed += 1))
  fi
  rm "$log"
  return "$code"
}

command -v dotnet >/dev/null || {
  echo 'test.sh: the .NET 10 SDK is needed (https://dotnet.microsoft.com/download, or your distribution'"'"'s dotnet-sdk-10.0)' >&2
  ((failed += 1))
  finish
}
install_packages
stage 'format' dotnet format --verify-no-changes --verbosity quiet || ((failed += 1))
stage 'build' dotnet build TcmuRunner.sln -warnaserror -v quiet -nodeReuse:false || { ((failed += 1)); finish; }
((quick)) || export FUZZ_CASES=1000000
stage 'unit tests' unit_tests || true
if ((quick == 0)); then
  if [[ $(id -u) != 0 ]]; then
    missing 'the system tests need root'
  elif ! command -v apt-get >/dev/null && ! command -v qemu-system-x86_64 >/dev/null; then
    missing 'the system tests need qemu-system-x86_64'
  elif stage 'runnable tree' ./build.sh; then
    stage 'iSCSI conformance' counted tests/iscsi/suite || true
    stage 'iSCSI crowd' counted tests/iscsi/crowd || true
    stage 'iSCSI boot' counted tests/iscsi/boot || true
    stage 'clusters' counted tests/cluster/run || true
    stage 'fail-over' counted tests/cluster/failover || true
    stage 'system tests' counted tests/vm/run -j 2 || true
    stage 'installed packages' counted tests/vm/system || true
  else
    ((failed += 1))
  fi
fi
finish
