#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Shards and what becomes of their reports. Usage: shards.sh <program made of faulty.cpp> <directory to write to>
. "$(dirname "$0")/harness.sh"
# cases <report>: "name status executions completeness", a line each
cases() {
  python3 - "$1" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree

root = tree.parse(sys.argv[1]).getroot()
for suite in root.iter("testsuite"):
    cases = suite.findall("testcase")
    assert int(suite.get("tests")) == len(cases), suite.attrib
    assert int(suite.get("failures")) == sum(case.find("failure") is not None for case in cases), suite.attrib
    assert int(suite.get("errors")) == sum(case.find("error") is not None for case in cases), suite.attrib
    for case in cases:
        p = {p.get("name"): p.get("value") for p in case.iter("property")}
        print(case.get("classname") + "/" + case.get("name"), p.get("status"), p.get("executions"), p.get("completeness"))
PYTHON
}

# A search that is complete: its parts add up to it, and together they are complete again.
run 0 --no-canaries holds/larger --scheduler full --junit whole.xml
cases whole.xml >whole
for shard in 1 2 3; do
  run 0 --no-canaries holds/larger --scheduler full --shard $shard/3 --junit part$shard.xml
  has out "part complete"
done
run 0 merge merged.xml part3.xml part1.xml part2.xml
cases merged.xml | cmp -s whole - || say "the parts do not add up"
cases part2.xml | cmp -s whole - && say "a part is the whole"
has merged.xml 'name="shards" value="3 of 3"'
has out "complete"

# The same seed, budget in executions: what the shards share out is what each of them was given.
for shard in 1 2; do
  run 0 --no-canaries holds/sampled --scheduler uniform --executions 10000 --shard $shard/2 --junit random$shard.xml
done
run 0 merge merged.xml random1.xml random2.xml
[ "$(cases merged.xml)" = "holds/sampled passed 20000 sampled" ] || say "executions are not added up"
run 3 --no-canaries holds/sampled --scheduler uniform --executions 9999 --shard 1/2 --junit random1.xml
has out "only 9,999 of at least 10,000 executions"

# A shard that is not there: a line, no pass, and said in the report as well.
run 3 merge merged.xml part1.xml part3.xml
lines err 1
has err "the report of shard 2/3 of lfcheck_faulty"
has out "only 2 of its 3 parts are there"
[ "$(cases merged.xml | wc -l)" -eq 2 ] || say "the missing shard is not in the report"
has merged.xml "shard 2/3"
# One of another run does not stand in for it.
run 0 --no-canaries holds/larger --scheduler full --seed 2 --shard 2/3 --junit other2.xml
run 3 merge merged.xml part1.xml other2.xml part3.xml
lines err 3

# What must be found belongs to one shard, whole; the worst result wins, wherever it was seen.
for shard in 1 2; do
  run 4 --no-canaries --seconds 0.2 holds/fine 'harness/unknown *' --shard $shard/2 --junit defects$shard.xml
done
run 4 merge merged.xml defects1.xml defects2.xml
cases merged.xml >names
[ "$(grep -c '!' names)" -eq 2 ] || say "a defect is lost or doubled"
cases defects1.xml | grep '!' >a
cases defects2.xml | grep '!' | cmp -s a - && say "both shards have the same defect"
lines a 1
for shard in $(seq 40); do
  "$program" --no-canaries --scheduler full 'fails/one of many' --shard $shard/40 --junit violation$shard.xml >out 2>err
  echo $? >>codes
done
[ "$(sort -u codes | tr '\n' ' ')" = "0 1 " ] || say "the bug is not in some shards alone: $(cat codes)"
run 1 merge merged.xml violation*.xml
lines err 0
has out "VIOLATION    fails/one of many"
has out "the last shall be first"
has out "replay: $program 'fails/one of many' --replay "
has merged.xml "the last shall be first"
cases merged.xml | grep -q ' failed .* violation$' || say "the merged report is not a violation"
# The joined report is for readers; it is not joined again.
run 2 merge again.xml merged.xml
lines err 1
has err "merged already"

# Inconclusive stays so; a shard of nothing is nothing bad.
for shard in 1 2; do
  run 3 --no-canaries --executions 1000 --seconds 0.2 undecided/large holds/fine --shard $shard/2 --junit undecided$shard.xml
done
run 3 merge merged.xml undecided1.xml undecided2.xml
has out "INCONCLUSIVE undecided/large  2,000 executions"
run 0 --no-canaries 'fails/broken' --shard 2/2 --junit nothing.xml
cases nothing.xml >names
lines names 0
run 0 --no-canaries 'fails/broken' --shard 1/2 --junit something.xml
run 0 merge merged.xml nothing.xml something.xml
has out "found: expectation failed"
run 3 merge merged.xml something.xml
# An item that belongs to one shard and is not in its report is missed.
sed '/<testcase/,/<\/testcase>/d' something.xml >without.xml
run 3 merge merged.xml nothing.xml without.xml
lines err 1
has err "have 0 of 1 item"
has merged.xml "have 0 of 1 item"

# A report of an earlier run does not survive one that is killed.
cp part1.xml killed.xml
timeout -s KILL 1 "$program" --no-canaries undecided/hangs --junit killed.xml >out 2>err
[ ! -e killed.xml ] || say "an old report is left"

# Foreign and broken files: one line, nothing written.
rm -f again.xml
printf '<html><body>hello</body></html>\n' >foreign.xml
printf '<testsuite name="another tool" tests="0"/>' >another.xml
printf 'no XML at all' >text.xml
: >empty.xml
head -c 700 part1.xml >cut.xml
sed 's/status" value="passed"/status" value="splendid"/' part1.xml >status.xml
sed 's/expects" value="holds"/expects" value="miracles"/' part1.xml >expects.xml
sed 's/"verdict"/"\&unknown;"/' part1.xml >entity.xml
sed 's/"1\/3"/"4\/3"/' part1.xml >shard.xml
sed 's/"items" value="1"/"items" value="some"/' part1.xml >items.xml
for file in foreign another text empty cut status expects entity shard items; do
  run 2 merge again.xml part2.xml $file.xml
  lines err 1
  lines out 0
  has err "$file.xml is not a report of lfcheck"
done
run 2 merge again.xml part1.xml no/such.xml
lines err 1
run 2 merge again.xml part1.xml part2.xml part1.xml
lines err 1
has err "are both shard 1/3"
run 2 merge part1.xml part1.xml
has err "read and written"
run 2 merge again.xml
lines err 1
run 2 merge no/such/merged.xml part1.xml part2.xml part3.xml
has err "can't write no/such/merged.xml"
[ ! -e again.xml ] && [ ! -e again.xml.part ] || say "something was written"

[ "$failed" -eq 0 ] && echo "all as it should be"
exit "$failed"
