# SPDX-License-Identifier: Apache-2.0
# Reads the output of iscsi-test-cu: one line `STATE SUITE.TEST` for each test, where STATE is passed, failed or skipped.
function report() {
  if (test != "") print (state == "passed" && skipped ? "skipped" : state), suite "." test
  test = ""
}
/^Suite: / { report(); suite = $2 }
/^Run Summary/ { report() }
/^  Test: / { report(); test = $2; state = ""; skipped = 0 }
# What stands behind the verdict on its line belongs to the test that comes next.
state == "" {
  verdict = match($0, /(^|\.\.\.)(passed|FAILED)/)
  if ((at = index($0, "[SKIPPED]")) && (!verdict || at < verdict)) skipped = 1
  if (verdict) state = index(substr($0, RSTART, RLENGTH), "passed") ? "passed" : "failed"
}
