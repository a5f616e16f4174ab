#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# every_check_can_fail.sh LFCHECK: each check that must hold has a defect or a broken twin that it is seen to die of. The
# museum's controls have none: they are right code that the checker itself must not accuse.
set -eu
"$1" list | awk '
  {
    end = index($0, "  ")
    name = substr($0, 1, end - 1)
    if (name ~ /^canary\// || name ~ /^museum\/control_/) next
    if (defect = index(name, "!")) { dies[substr(name, 1, defect - 1)] = 1; next }
    if (match($0, / \(broken twin of .*\)$/)) { dies[substr($0, RSTART + 17, RLENGTH - 18)] = 1; next }
    if ($0 ~ / \(broken\)$/) next
    holds[name] = 1
  }
  END {
    for (name in holds) {
      ++checks
      if (!(name in dies)) { print name ": has neither a defect nor a broken twin"; ++bad }
    }
    print checks + 0 " checks, " bad + 0 " of them never seen to fail"
    exit bad > 0 || checks == 0
  }'
