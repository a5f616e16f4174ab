#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the audit and the lints say. Usage: audit.sh <program made of audited.cpp> <directory to write to>
. "$(dirname "$0")/harness.sh"
mkdir tables
# spoil <sed script>: the table with a fault in it, as the only one of the directory `spoilt`
spoil() {
  rm -rf spoilt && mkdir spoilt && sed "$1" tables/mailbox.md >spoilt/mailbox.md
  cmp -s tables/mailbox.md spoilt/mailbox.md && say "'$1' spoils nothing"
}

# Usage errors: one line, nothing written.
run 2 audit nobody
lines err 1
# A check that does not hold would die of everything.
run 1 audit lint
has err "lint/artefact does not hold (expectation failed)"
run 2 audit --check no/such/directory
lines err 1
run 2 audit --check tables --write tables
lines err 1
run 2 audit --executions 0
lines err 1

# A structure with a reason for each survivor: the table is made, is the same again, and compares equal.
budget="--executions 20000"
run 0 audit mailbox $budget --write tables
table=tables/mailbox.md
has $table "| mailbox.hpp | M1 | full_.store | release | relaxed | data race | mailbox/delivers |"
has $table "| mailbox.hpp | M2 | full_.load | acquire | relaxed | data race | mailbox/delivers |"
has $table "| M3 | full_.compare_exchange | release | relaxed | survives | it is here to be found. |"
has $table "| M3 | full_.compare_exchange | acquire on failure | relaxed on failure | survives | so is this |"
has $table "| M3 | full_.compare_exchange | answer | always true | expectation failed | mailbox/delivers |"
has $table "| M4 | store | release | - | not reached | no check calls it |"
has $table "Reached only before or after the threads: mailbox.hpp:M5"
cp $table first
run 0 audit mailbox $budget --write tables
cmp -s first $table || say "the table is another one the second time"
run 0 audit mailbox $budget --check tables

# Whatever is not as in the table is said.
spoil '/| M2 |/d'
run 1 audit mailbox $budget --check spoilt
has out "new: mailbox.hpp [M2] full_.load acquire -> relaxed is not in the table"
lines out 2
spoil 's/| M1 | full_.store | release |/| M1 | full_.store | seq_cst |/'
run 1 audit mailbox $budget --check spoilt
has out "changed: mailbox.hpp [M1] full_.store release -> relaxed; in the table it is seq_cst"
spoil 's/| M1 |/| M9 |/'
run 1 audit mailbox $budget --check spoilt
has out "gone: mailbox.hpp [M9] full_.store release -> relaxed is in the table only"
spoil '/| M1 |/s/delivers/alone/'
run 1 audit mailbox $budget --check spoilt
has out "mailbox/alone does not die of it any more in 20,000 executions"
spoil '/| M1 |/s/mailbox.delivers/mailbox\/lost/'
run 1 audit mailbox $budget --check spoilt
has out "'mailbox/lost', which died of it, does not get there any more"
spoil '/| M1 |/s/data race | mailbox.delivers/survives | because/'
run 1 audit mailbox $budget --check spoilt
has out "stale survivor, mailbox/delivers dies of it"
spoil 's/it is here to be found/it is not/'
run 1 audit mailbox $budget --check spoilt
has out "the reason in the source is not that of the table"
spoil 's/:M5/:M6/'
run 1 audit mailbox $budget --check spoilt
has out "the list of sites without a step has changed"
spoil 's/data race/dragons/'
run 2 audit mailbox $budget --check spoilt
has err "is not a table of lfcheck audit"
spoil '/Made by/d'
run 2 audit mailbox $budget --check spoilt
has err "is not a table of lfcheck audit"
rm spoilt/mailbox.md
run 1 audit mailbox $budget --check spoilt
has out "there is no table"
[ -z "$(ls spoilt)" ] || say "--check has written something"

# A survivor without a reason, in a user's own file and without tags; a reason that is not so; nothing is written.
run 1 audit user $budget --write spoilt
has out "count_.fetch release -> relaxed: no check needs this order, and no reason is written beside it"
run 1 audit flags $budget --write spoilt
has out "flags.hpp [F2] fence seq_cst -> acq_rel: stale reason, flags/excludes dies of it"
[ -z "$(ls spoilt)" ] || say "a table was written although a reason is missing or stale"
run 1 audit flags $budget
has out "| F2 | fence | seq_cst | none | expectation failed | flags/excludes |"
has out "| F4 | revalidated | answer | always true | expectation failed | flags/excludes |"

# A signal that a step leads to is a death like others; what says nothing of the code is none.
run 0 audit signals $budget
has out "| ready.store | release | relaxed | crash | signals/where it is missed |"
run 4 audit quits $budget
lines err 1
has err "ready.store release -> relaxed ended with code 7 and no result; that is no violation"
run 4 audit moody $budget
lines err 1
has err "ready.store release -> relaxed: bad specification: the specification is not deterministic"
run 4 audit lengthy $budget
lines err 1
has err "too large: operation number 17"
run 4 audit unclear $budget
lines err 1
has err "unclear/always: bad specification: the specification is not deterministic"

# Lints: beside a violation, beneath a table of what holds, in the report; not where there is nothing to say.
run 1 --no-canaries 'lint/relies*' --hints 0
has out "data race"
has out "in C++11 that was part of the release sequence"
run 0 --no-canaries 'lint/reads*'
has out "lint/reads what C++11 would acquire: lint: audited.cpp:"
run 1 --no-canaries 'lint/fence relies*' --hints 0
has out "data race"
has out "in C++11 that was part of the release sequence"
run 0 --no-canaries 'lint/fence reads*'
has out "lint/fence reads what C++11 would acquire: lint: audited.cpp:"
run 1 --no-canaries lint/artefact --junit report.xml
has out "possible model artefact: seq_cst operations (audited.cpp:"
has report.xml "<property name=\"lint\" value=\"lint: possible model artefact"
run 0 --no-canaries lint/mixed
has out "possible model artefact"
run 0 --no-canaries 'lint/still*' lint/apart
has_not out "lint:"

# Hints: for a violation that nobody expected without being asked, and not at all if so wished.
run 1 --no-canaries 'lint/relies*'
has out "store relaxed -> release makes this check hold (in every execution"
run 1 --no-canaries 'lint/relies*' --hints 0
has_not out "repair:"

[ "$failed" -eq 0 ] && echo "all as it should be"
exit "$failed"
