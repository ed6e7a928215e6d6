#!/usr/bin/env bash
# tests/harness/sim/same_trace.sh HARNESS OTHER_HARNESS: plays simulated runs by two builds of the harness (other compilers,
# optimisation, sanitizers) and compares them event by event. Exits 1, and names the first event that differs.
set -euo pipefail
one=$(readlink -f "${1:?usage: same_trace.sh HARNESS OTHER_HARNESS}")
other=$(readlink -f "${2:?usage: same_trace.sh HARNESS OTHER_HARNESS}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

nemeses=partition,kill,pause,lose-disk,drop-acks,kill-ackers,bad-network,slow-links,clock,disk
play() { # HARNESS NAME FLAGS…: leaves NAME.trace and NAME.history
  local harness=$1 name=$2 status=0
  shift 2
  "$harness" run --sim --store "$name" --trace "$name.trace" "$@" >"$name.log" 2>&1 || status=$?
  ((status <= 2)) || { cat "$name.log"; exit 1; }
  cp "$name/latest/history.jsonl" "$name.history"
}

for workload in cart counter register set; do
  for seed in 1 2; do
    flags=(--workload "$workload" --nemesis "$nemeses" --time-limit 8s --nemesis-interval 2s --seed "$seed")
    play "$one" one "${flags[@]}"
    play "$other" other "${flags[@]}"
    if ! cmp -s one.trace other.trace; then
      line=$(cmp one.trace other.trace | sed 's/.* line //' || true)
      printf '%s, seed %s: event %s differs\n  %s\n  %s\n' "$workload" "$seed" "$line" \
        "$(sed -n "${line}p" one.trace)" "$(sed -n "${line}p" other.trace)"
      exit 1
    fi
    cmp one.history other.history
    printf '%s, seed %s: %s events, the same\n' "$workload" "$seed" "$(wc -l <one.trace)"
  done
done
