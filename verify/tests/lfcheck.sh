#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What lfcheck says and how it exits. Usage: lfcheck.sh <program made of faulty.cpp> <directory to write to>
. "$(dirname "$0")/harness.sh"

# Usage errors: one line, nothing run, nothing written.
run 2 --no-such-option
lines err 1
lines out 0
run 2 'no/such item'
lines err 1
has err "no/such item"
run 2 --no-canaries 'holds/*' 'no/such item'
lines err 1
run 2 --no-canaries --scheduler best
lines err 1
for wrong in '--seconds 0' '--seconds nan' '--seconds 1e99' '--seed -1' '--seed 18446744073709551616' '--executions 0' \
  '--bound -1' '--jobs 0'; do
  # shellcheck disable=SC2086
  run 2 --no-canaries holds/fine $wrong
  lines err 1
  has err "is not a"
done
run 2 --no-canaries holds/fine --scenario ''
has err "'' is no scenario"
for wrong in zz9 12 00a ''; do
  run 2 --no-canaries holds/fine --replay "$wrong"
  lines err 1
done
run 3 --no-canaries holds/fine --replay zzzz
has out "the schedule is not one of this check"
lines out 3
has_not out "faulty.cpp"
# The last value of an option that is given twice counts.
run 0 --no-canaries holds/fine --seed 1 --scheduler uniform --jobs 1 --seed 2 --scheduler full --jobs 2
has out " complete"
run 0 --help
for command in audit progress merge; do
  has out "  $command"
  run 0 $command --help
  has out "lfcheck $command"
  run 0 --help
done
run 2 --no-canaries 'holds/*' --replay '?!'
lines err 1
run 2 --no-canaries 'fails/*' --replay 0
lines err 1
run 2 --no-canaries 'holds/*' --expect-violation '('
lines err 1
run 2 --no-canaries 'missed/*' --expect-violation addition
lines err 1
has err "none is chosen"
run 2 --no-canaries 'holds/*' --shard 1/2 --expect-violation addition
lines err 1
for part in 0/2 3/2 1/0 1 1/ /2 1/2/3 -1/2 1/10001; do
  run 2 --no-canaries 'holds/*' --shard $part
  lines err 1
done
run 2 --no-canaries 'holds/fine' --shard 1/2 --replay 0
lines err 1
run 2 --no-canaries 'holds/*' --junit no/such/directory/report.xml
lines err 1
lines out 0
[ ! -e no ] || say "something was written"
run 2 --no-canaries 'holds/*' --junit /dev/null
lines err 1
[ -c /dev/null ] || say "a device was replaced by a report"
# A search for all executions that does not come to its end has not held.
run 3 --no-canaries holds/larger --scheduler full --executions 50

# Exit codes.
run 0 --no-canaries holds/fine
has out complete
run 1 --no-canaries 'fails/lost update'
has out "no addition is lost"
# Spinning a few times before one looks is no way round a bug, nor are more spurious failures than a tree has.
run 1 --no-canaries fails/patience
run 1 --no-canaries 'fails/three spurious failures'
run 1 --no-canaries 'fails/stale seq_cst compare-exchange'
has out "replay: "
run 1 --no-canaries --seconds 0.1 'missed/correct code'
has out "but there must be one"
run 3 --no-canaries --seconds 0.2 undecided/large
has out "of at least 1,000,000,000,000 executions"
run 3 --no-canaries --seconds 0.1 undecided/hangs
has out "timed out"
has out "replay: $program 'undecided/hangs' --replay "
for item in 'unknown tag!spsc_ring.hpp:Z9' 'unreached tag!spsc_ring.hpp:P5' 'unknown file!nowhere.hpp:P1'; do
  run 4 --no-canaries --seconds 0.2 "harness/$item"
done
has out "reaches no access in a file called nowhere.hpp"
run 4 --no-canaries --seconds 0.2 'harness/unknown tag*'
has out "spsc_ring.hpp has no tag [Z9]"
# A row for what was run: the check with its defects, or a defect alone.
grep -q '^harness/unknown tag  .* 0/1  holds' out || say "there is no row of the check"
run 4 --no-canaries --seconds 0.2 'harness/unknown tag!*'
grep -q '^harness/unknown tag!spsc_ring.hpp:Z9  .* unreached' out || say "there is no row of the defect"
grep -q '^harness/unknown tag  ' out && say "there is a row of a check that was not run"
run 4 --no-canaries --seconds 0.2 'harness/unreached tag*'
has out "never reaches that access"
run 4 --no-canaries 'harness/not repeatable'
has out "did not come again"
run 4 --no-canaries harness/crash
has out "harness/crash"
has out "signal 8, SIGFPE (Floating point exception)"
has out "replay: $program 'harness/crash' --replay "
run 4 --no-canaries 'harness/crash' --replay "$(sed -n 's/.*--replay //p' out)"
has out "SIGFPE"
run 4 --no-canaries 'harness/crash at once'
has out "signal 11, SIGSEGV (Segmentation fault)"
has out "replay: $program 'harness/crash at once' --replay "
run 4 --no-canaries harness/killed
has out "the child of harness/killed died of signal 9, SIGKILL (Killed)"
has out "replay: $program 'harness/killed' --replay "
run 4 --no-canaries harness/exits
has out "the child of harness/exits ended with code 7 and no result"
run 4 --no-canaries 'harness/exits' --replay "$(sed -n 's/.*--replay //p' out)"
has out "ended with code 7"
run 4 --no-canaries 'harness/other tree'
has out "equal decisions of the scheduler led to different executions"
run 4 --no-canaries 'harness/long history'
has out "which holds at most 16"
has_not out "Interleaving is enough"
run 0 --no-canaries 'holds/spins' --scheduler full
has out "complete, fair"
run 4 holds/fine
has err "a canary was missed"
has out "must end in 'data race' and ended in 'holds'"
# A harness that failed outweighs a violation, and a violation what is undecided.
run 4 --no-canaries --seconds 0.2 harness/crash 'fails/lost update'
run 1 --no-canaries --seconds 0.2 undecided/large 'fails/lost update'

# A violation that is expected: this one, not another, not none; and a failing harness is never what was expected.
run 0 --no-canaries 'fails/lost update' --expect-violation 'no addition .* lost'
has out "a violation as expected"
has out "replay: "
run 1 --no-canaries 'fails/lost update' --expect-violation 'too many'
has out "this is another: 'expectation failed at faulty.cpp"
run 1 --no-canaries 'fails/*' --expect-violation addition
has out "this is another"
run 1 --no-canaries holds/fine --expect-violation addition
has out "there is none in 6 executions"
run 0 --no-canaries holds/fine 'fails/lost update' --expect-violation addition
run 4 --no-canaries harness/crash --expect-violation crash

# Listing.
run 0 list
has out "harness/unknown tag!spsc_ring.hpp:Z9"
run 0 list --filter 'holds/f*'
lines out 1

# What a violation prints runs again, to the same end, with the same trace; another schedule does not fail.
run 1 --no-canaries 'fails/lost update'
schedule=$(sed -n "s/.*--replay //p" out)
sed -n '/^  T0/,/replay:/p' out | grep -v '^  repair:' >trace  # hints come with the search only
[ "$(wc -l <trace)" -gt 5 ] || say "no trace"
run 1 --no-canaries 'fails/lost update' --replay "$schedule"
sed -n '/^  T0/,/replay:/p' out | cmp -s - trace || say "the replay of $schedule has another trace"
run 0 --no-canaries 'fails/lost update' --replay 0

# Equal seeds, equal searches; for each scheduler.
for scheduler in uniform pct bound full; do
  for seed in 7 8; do
    run 1 --no-canaries --scheduler $scheduler --seed $seed fails/rare
    cp out first
    run 1 --no-canaries --scheduler $scheduler --seed $seed fails/rare
    grep -v seconds out | sed 's/[0-9.]* s,//; s/ [0-9]*\.[0-9][0-9] / /' >b
    grep -v seconds first | sed 's/[0-9.]* s,//; s/ [0-9]*\.[0-9][0-9] / /' >a
    cmp -s a b || say "$scheduler with seed $seed is not reproducible"
    grep -o '[0-9,]* executions' first >"count.$scheduler.$seed"
  done
done
cmp -s count.uniform.7 count.uniform.8 && cmp -s count.pct.7 count.pct.8 && say "the seed makes no difference"
run 3 --no-canaries --scheduler uniform --executions 1000 undecided/large
has out "1,000 executions"

# The report: well-formed, complete, and there only when it is whole.
run 4 --no-canaries --seconds 0.2 --junit report.xml 'fails/lost update' holds/fine undecided/large harness/crash
[ ! -e report.xml.part ] || say "a part of the report is left"
python3 - <<'PYTHON' >out 2>err || say "the report is not as it should be"
import xml.etree.ElementTree as tree

suite = tree.parse("report.xml").getroot()
cases = {case.get("classname") + "/" + case.get("name"): case for case in suite.iter("testcase")}
assert sorted(cases) == ["fails/lost update", "harness/crash", "holds/fine", "undecided/large"], sorted(cases)
assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "1", "2"), suite.attrib
for name, case in cases.items():
    properties = {p.get("name"): p.get("value") for p in case.iter("property")}
    assert {"executions", "completeness", "bound", "seed", "verdict"} <= set(properties), (name, properties)
assert cases["fails/lost update"].find("failure") is not None
assert "store" in cases["fails/lost update"].find("failure").text
assert cases["undecided/large"].find("error").get("type") == "inconclusive"
assert cases["holds/fine"].find("failure") is None and cases["holds/fine"].find("error") is None
PYTHON

# Also for bytes that are no text; and a page says what a crash is, which is no failure of the checker.
run 4 --no-canaries --junit report.xml --html page.html 'fails/odd text' harness/crash
has page.html "1 violation, 1 item did not end properly"
has page.html '<p class="label doubt">crashed</p>'
python3 - <<'PYTHON' >out 2>err || say "what is no UTF-8 comes through"
import xml.etree.ElementTree as tree

failure = tree.parse("report.xml").getroot().find("testcase/failure")
wanted = "caf\ufffd, caf\u00e9, \ufffd and \ufffd"
assert wanted in failure.get("message"), failure.get("message")
assert wanted in open("page.html", encoding="utf-8").read()
PYTHON
run 4 --no-canaries --html page.html 'harness/not repeatable'
has page.html '<p class="label doubt">did not end properly</p>'

# No colour where there is no terminal.
run 1 --no-canaries 'fails/lost update'
grep -q "$(printf '\033')" out err && say "colours without a terminal"

[ "$failed" -eq 0 ] && echo "all as it should be"
exit "$failed"
