#!/usr/bin/env bash
# tests/fuzz/run.sh SECONDS [TARGET…]: builds the fuzz targets (preset fuzz: clang, libFuzzer, sanitizers) and lets each
# search for so long, beginning with its seeds. What it finds is kept in build/fuzz/found/TARGET. Exits 1 if anything broke.
# Where FUZZ_SEED is set, the search goes the same way each time, and forgets it; else another way, from where the last
# one came to.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

seconds=${1:?usage: tests/fuzz/run.sh SECONDS [TARGET…]}
shift
targets=("$@")
((${#targets[@]} > 0)) || for seeds in tests/fuzz/seeds/*/; do targets+=("$(basename "$seeds")"); done

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target "${targets[@]/#/fuzz_}"

search() { # TARGET
  local target=$1 corpus=build/fuzz/corpus/$1 found=build/fuzz/found/$1
  [[ -z ${FUZZ_SEED:-} ]] || rm -rf "$corpus"
  mkdir -p "$corpus" "$found"
  local options=(-max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$found/" -print_final_stats=1 -seed="${FUZZ_SEED:-0}")
  [[ -f tests/fuzz/$target.dict ]] && options+=(-dict="tests/fuzz/$target.dict")
  if build/fuzz/bin/fuzz_"$target" "${options[@]}" "$corpus" "tests/fuzz/seeds/$target" >"$found/log" 2>&1; then
    printf '%s: %s\n' "$target" "$(grep number_of_executed_units "$found/log")"
  else
    printf '%s: broken\n%s\n' "$target" "$(tail -40 "$found/log")"
    for input in "$found"/*-*; do [[ -f $input ]] && printf 'base64 of %s: %s\n' "$input" "$(base64 -w0 "$input")"; done
    return 1
  fi
}
export -f search
export seconds
# shellcheck disable=SC2016
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'search "$1"' search {}
