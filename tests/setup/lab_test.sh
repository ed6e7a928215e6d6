#!/usr/bin/env bash
# Row Tbl1. Runs the labs: every command of lab/README.md that stands in a ```console block, each followed by what must come out:
# `COMMAND  # exit CODE, says: WORDS`. The words may be broken over lines.
#
#   lab_test.sh TREE   the top of the tree
set -euo pipefail
tree=$(readlink -f "$1")
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
ln -s "$tree/bin" "$directory/bin"
cd "$directory"

mapfile -t lines < <(awk '/^```console/ {inside = 1; next} /^```/ {inside = 0} inside' "$tree/lab/README.md")
((${#lines[@]} >= 10)) || { echo "FAILED: lab/README.md has ${#lines[@]} commands" && exit 1; }
form='^(.*[^ ]) +# exit ([0-9]+), says: (.+)$'
for line in "${lines[@]}"; do
  [[ $line =~ $form ]] || { echo "FAILED: it is not said what must come of: $line" && exit 1; }
  command=${BASH_REMATCH[1]} code=${BASH_REMATCH[2]} words=${BASH_REMATCH[3]}
  printf '\n$ %s\n' "$command"
  status=0
  bash -c "$command" >out 2>&1 </dev/null || status=$?
  if ((status != code)) || ! tr -s ' \n' ' ' <out | grep -qF -- "$words"; then
    cat out
    echo "FAILED: exit $status, expected $code and the words: $words"
    exit 1
  fi
done
printf '\n%d commands of the labs work\n' "${#lines[@]}"
