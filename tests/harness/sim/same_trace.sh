#!/usr/bin/env bash
# tests/harness/sim/same_trace.sh HARNESS OTHER_HARNESS: plays simulated runs by two builds of the harness (other compilers,
# optimisation, sanitizers) and compares them event by event. Exits 1, and names the first event that differs.
set -euo pipefail
one=$(readlink -f "${1:?usage: same_trace.sh HARNESS OTHER_HARNESS}")
other=$(readlink -f "${2:?usage: same_trace.sh HARNESS OTHER_HARNESS}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

nemeses=partition,kill,pause,lose-disk,drop-acks,kill-ackers,membership,bad-network,slow-links,clock,disk
play() { # HARNESS NAME FLAGS…: leaves NAME.trace and NAME.history
  local harness=$1 name=$2 status=0
  shift 2
  "$harness" run --sim --store "$name" --trace "$name.trace" "$@" >"$name.log" 2>&1 || status=$?
  ((status <= 2)) || { cat "$name.log"; exit 1; }
  cp "$name/latest/history.jsonl" "$name.history"
}
compare() { # WORKLOAD SEED RING
  local flags=(--workload "$1" --nemesis "$nemeses" --time-limit 8s --nemesis-interval 2s --seed "$2" --ring "$3") line
  mkdir "$1-$2" && cd "$1-$2"
  play "$one" one "${flags[@]}"
  play "$other" other "${flags[@]}"
  if ! cmp -s one.trace other.trace; then
    line=$(cmp one.trace other.trace | sed 's/.* line //' || true)
    printf '%s, seed %s: event %s differs\n  %s\n  %s\n' "$1" "$2" "$line" \
      "$(sed -n "${line}p" one.trace)" "$(sed -n "${line}p" other.trace)"
    exit 1
  fi
  cmp one.history other.history
  printf '%s, seed %s: %s events, the same\n' "$1" "$2" "$(wc -l <one.trace)"
}
export -f play compare
export one other nemeses

printf '%s\n' {cart,counter,register,set}' '{'1 tokens:64','2 equal:256'} | xargs -P "$(nproc)" -L1 bash -euc 'compare "$@"' compare
