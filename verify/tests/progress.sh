#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What lfcheck progress says of claims that are right and wrong. Usage: progress.sh <program made of
# faulty_progress.cpp> <directory to write to>
. "$(dirname "$0")/harness.sh"
always=progress

# Usage errors: one line, nothing run, nothing written.
run 2 --no-such-option
lines err 1
lines out 0
run 2 'no/such check'
lines err 1
has err "no/such check"
run 2 --executions 0
lines err 1
run 2 --no-canaries --write no/such/directory/table.md
lines err 1
lines out 0
run 2 --no-canaries --check no_such_table.md
lines err 1
run 2 --no-canaries --write table.md 'lock/*'
lines err 1
[ ! -e table.md ] || say "a table was written"

# Right claims.
run 0 --no-canaries lock/blocking loop/lock-free one/wait-free
has out "[L3]: the others wait at faulty_progress.cpp:"
[ "$(grep -c 'stopped before .* \[L[23]\]: the others wait at .* \[L1\]$' out)" -eq 2 ] || say "not at two places"
has out "0 of 4 points block"

# Wrong ones, in each direction, each with its reason.
run 1 --no-canaries lock/lock-free
has out "it claims lock-free, but a stopped thread blocks others: stopped before faulty_progress.cpp:"
run 1 --no-canaries loop/wait-free
has out "it claims wait-free, but an operation takes 2, 3, 4, 6, 10 accesses while each other thread does 0, 1, 2, 4, 8"
run 1 --no-canaries loop/blocking
has out "it claims blocking, but no stop at any of"
run 1 --no-canaries loop/obstruction-free
has out "blocks others: lock-free"
run 1 --no-canaries one/lock-free
has out "whatever the others do: wait-free"
run 1 --no-canaries 'one/no access'
has out "it claims at most 0 accesses in one operation, and the most that any takes is 1"
run 1 --no-canaries 'one/two accesses'
has out "it claims at most 2 accesses in one operation, and the most that any takes is 1"

# What says nothing is not a pass, and a check that fails by itself is no progress check.
run 3 --no-canaries --executions 10 loop/lock-free
has out "at least 1,000 are needed"
run 3 --no-canaries nothing/wait-free
run 4 --no-canaries 'broken/never ends'
has out "livelock although no thread is held up by a stopped one"
run 4 one/wait-free
has err "a canary of the progress check was missed"

# The table: of all checks only, and not where one says nothing.
run 4 --no-canaries --write table.md
[ ! -e table.md ] || say "a table was written"

# The report.
run 1 --no-canaries --junit report.xml lock/blocking lock/lock-free
python3 - <<'PYTHON' >out 2>err || say "the report is not as it should be"
import xml.etree.ElementTree as tree

suite = tree.parse("report.xml").getroot()
assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0"), suite.attrib
failure = [case for case in suite.iter("testcase") if case.get("name") == "lock-free"][0].find("failure")
assert failure.get("type") == "blocking" and "claims lock-free" in failure.get("message"), failure.attrib
PYTHON

# Equal seeds, equal results.
run 0 --no-canaries --seed 7 lock/blocking loop/lock-free
sed 's/[0-9.]* s$//' out | sort >first
run 0 --no-canaries --seed 7 lock/blocking loop/lock-free
sed 's/[0-9.]* s$//' out | sort | cmp -s - first || say "seed 7 is not reproducible"

[ "$failed" -eq 0 ] && echo "all as it should be"
exit "$failed"
