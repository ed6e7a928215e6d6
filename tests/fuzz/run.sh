#!/usr/bin/env bash
# tests/fuzz/run.sh SECONDS [TARGET…]: builds the fuzz targets (preset fuzz: clang, libFuzzer, sanitizers) and lets each
# search for so long, beginning with its seeds. What it finds is kept in build/fuzz/found/TARGET. Exits 1 if anything broke.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

seconds=${1:?usage: tests/fuzz/run.sh SECONDS [TARGET…]}
shift
targets=("$@")
((${#targets[@]} > 0)) || for seeds in tests/fuzz/seeds/*/; do targets+=("$(basename "$seeds")"); done

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target "${targets[@]/#/fuzz_}"

failed=0
for target in "${targets[@]}"; do
  corpus=build/fuzz/corpus/$target found=build/fuzz/found/$target
  mkdir -p "$corpus" "$found"
  options=(-max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$found/" -print_final_stats=1)
  [[ -f tests/fuzz/$target.dict ]] && options+=(-dict="tests/fuzz/$target.dict")
  printf '%s: ' "$target"
  if build/fuzz/bin/fuzz_"$target" "${options[@]}" "$corpus" "tests/fuzz/seeds/$target" >"$found/log" 2>&1; then
    grep number_of_executed_units "$found/log"
  else
    printf 'broken\n'
    tail -40 "$found/log"
    failed=1
  fi
done
exit $failed
