#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Declared checks, as lfcheck runs them. Usage: declared.sh <program made of declared.cpp> <directory to write to>
. "$(dirname "$0")/harness.sh"
always=--no-canaries
# smallest <operations>: the table of the violation in out has so many
smallest() {
  count=$(sed -n "s/.*--replay '\(.*\) @ .*/\1/p" out | grep -o '(' | wc -l)
  [ "$count" -eq "$1" ] || say "the scenario has $count operations instead of $1"
}

# merge <exit code> <reports...>
merge() {
  wanted=$1
  shift
  always=""
  run "$wanted" merge merged.xml "$@"
  always=--no-canaries
}

# Both directions: a stale "empty" is no violation; loss, duplication and reordering are.
run 0 --seconds 1.5 'holds/*'
has out "scenarios, "
run 1 fails/loses
has out "no order of these operations explains their results"
run 1 fails/duplicates
has out "not linearizable"
run 1 fails/reorders
smallest 3
run 1 'fails/reorders those of one producer'
has out "not linearizable"
run 1 'fails/ordinary class'
has out "take() = 1"
smallest 2
run 1 'fails/no roles'
has out "data race"
run 1 'fails/inside*'
has out "data race"
run 1 'fails/map*'
has out "not linearizable"
run 1 'fails/priority*'
has out "not linearizable"

# A failing scenario of sixteen operations is shrunk to the three that it takes, shown as a table, and runs again.
run 1 fails/large
smallest 3
grep -q '^  T0  *T1$\|^  T0$' out || say "there is no table"
replay=$(sed -n "s/.*--replay '\(.*\)'/\1/p" out)
grep '  T[01] \|  main ' out >trace
run 1 fails/large --replay "$replay"
grep '  T[01] \|  main ' out | cmp -s - trace || say "the replay of $replay has another trace"
run 0 fails/large --replay "push(1) | pop() @ 0"

# The same seed, the same search; another seed, another one.
for seed in 7 7 8; do
  run 1 --executions 50000 --seed "$seed" fails/loses
  grep -o '[0-9,]* executions' out >"count.$seed"
  [ ! -e "count.first" ] && cp "count.$seed" count.first
done
cmp -s count.first count.7 || say "the search is not the same for equal seeds"
cmp -s count.7 count.8 && say "the seed makes no difference"
rm -f count.*

# A scenario by hand.
run 0 'holds/stale empty' --scenario 'push(1) | pop() pop()'
has out "complete: 1 scenario"
for shard in 1 2; do
  run 0 'holds/stale empty' --scheduler full --scenario 'push(1) | pop() pop()' --shard $shard/2 --junit part$shard.xml
done
merge 0 part1.xml part2.xml
has out "  complete: 1 scenario"
run 0 'holds/stale empty' --scheduler full --scenario 'push(1) | pop()' --shard 2/2 --junit part2.xml
merge 3 part1.xml part2.xml
lines err 2
has err "the report of shard 2/2"
# A bound is reached if it is in each scenario, and then it does not take more executions.
for shard in 1 2; do
  run 0 'holds/stale empty' --scheduler bound --bound 1 --scenario 'push(1) | pop()' --shard $shard/2 \
    --junit part$shard.xml
  has out "part complete at bound 1: 1 scenario, 0 complete"
done
merge 0 part1.xml part2.xml
has out "  complete at bound 1"
run 1 fails/loses --scenario 'push(1) | push(2) | suffix: pop() pop()'
run 2 'holds/stale empty' --scenario 'push(1) | take()'
lines err 1
has err "there is no operation 'take'"
run 2 'holds/roles' --scenario 'push(1) | push(2)'
has err "T0 is the producer"

# Bad declarations: refused, nothing run.
run 2 'refused/too large'
lines err 1
lines out 0
has err "17 operations; the limit is 16"
run 2 'refused/by hand'
has err "has 17 operations; the limit is 16"
run 2 'refused/two producers'
has err "push in T1, but T0 is the producer"
for item in 'all alone' 'one thread'; do
  run 2 "refused/$item"
  lines err 1
  lines out 0
  has err "it generates no scenario"
done
run 2 'fails/loses' --replay 12a
lines err 1
has err "SCENARIO @ SCHEDULE"

# The harness's own fault: a specification that answers as it likes, a check that does not repeat.
run 4 harness/moody
has out "the specification is not deterministic: it answered yes and no in the same state to push(1)"
run 4 harness/drifting
has out "two equal states differ after take() = 1"
run 4 harness/unrepeatable
has out "did not come again"
run 4 'harness/endless' --executions 10
has out "10 million questions"

[ "$failed" -eq 0 ] && echo "all as it should be"
exit "$failed"
