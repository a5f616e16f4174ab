# SPDX-License-Identifier: Apache-2.0
# What the shell tests of lfcheck share. They source it; their own arguments are a program and a directory to write to.
set -u
program=$1
work=$2
always="" # what every run begins with
rm -rf "$work" && mkdir -p "$work" && cd "$work" || exit 1
: >out
: >err
failed=0

say() {
  echo "FAILED: $1"
  sed 's/^/    /' out err
  failed=1
}

# run <exit code> <arguments...>: leaves standard output in out, standard error in err
run() {
  wanted=$1
  shift
  # shellcheck disable=SC2086
  "$program" $always "$@" >out 2>err
  code=$?
  [ "$code" -eq "$wanted" ] || say "'$*' exits with $code instead of $wanted"
}
has() { grep -qF -- "$2" "$1" || say "$1 has no '$2'"; }
has_not() { grep -qF -- "$2" "$1" && say "$1 has '$2'"; }
lines() { [ "$(wc -l <"$1")" -eq "$2" ] || say "$1 has not $2 line(s)"; }
