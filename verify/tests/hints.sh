#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Repair hints name the line that is broken, and no other. Usage: hints.sh <lfcheck> <directory to write to>
. "$(dirname "$0")/harness.sh"

# names <item> <place and order that the only hint is about>
names() {
  "$program" check --no-canaries --hints 20 "$1" >out 2>&1 || say "'$1' exits with $?"
  [ "$(grep -c '  repair: ' out)" -eq 1 ] || say "'$1' has not one hint"
  grep -qF -- "$2 makes this check hold" out || say "'$1' has no hint '$2'"
}

deque=chase_lev_deque
names "$deque/last element!$deque.hpp:P3" "[P3] store relaxed -> release"
names "$deque/growth!$deque.hpp:G3" "[G3] store relaxed -> release"
names "$deque/growth!$deque.hpp:S3" "[S3] load relaxed -> acquire"
names "$deque/steal after a restored bottom!$deque.hpp:O4" "[O4] store relaxed -> release"
names "$deque/pop beside steals!$deque.hpp:O2=release" "[O2] store release -> seq_cst"
names "spsc_ring/delivers!spsc_ring.hpp:P3" "[P3] store relaxed -> release"
names "spsc_ring/delivers!spsc_ring.hpp:C2" "[C2] load relaxed -> acquire"
names "spsc_ring/delivers!spsc_ring.hpp:P2" "[P2] load relaxed -> acquire"
names "spsc_ring/delivers!spsc_ring.hpp:C3" "[C3] store relaxed -> release"

# Where no order is at fault, none is named.
"$program" check --no-canaries --hints 20 "$deque/steal that gives up" >out 2>&1
grep -q "repair: no stronger order of a single access" out || say "an order is blamed for a missing retry"

[ "$failed" -eq 0 ] && echo "all as it should be"
exit "$failed"
