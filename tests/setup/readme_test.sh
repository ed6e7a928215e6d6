#!/usr/bin/env bash
# Row U1. Runs the README: every command of its ```sh blocks, in order, in one directory, as a newcomer who copies them would.
# (What is not meant to be run by everybody stands in ```console or ```text blocks.) A command may span lines that end
# in a backslash; comments are skipped. `bin/test` is the one command that is not run, because it runs this test: its
# help is asked for instead.
#
#   readme_test.sh TREE   the top of the tree
set -euo pipefail
tree=$(readlink -f "$1")
readme=$tree/README.md
[[ -r $readme ]] || { echo "FAILED: $readme is not there" && exit 1; }

# In a directory of our own, where bin/ is the tree's: what the commands leave behind goes away with it.
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
ln -s "$tree/bin" "$directory/bin"
cd "$directory"

commands_of_readme() {
  awk '/^```sh[ \t]*$/ {inside = 1; next} /^```/ {inside = 0} inside' "$readme" |
    sed -e ':join' -e '/\\$/ {N; s/\\\n[ \t]*//; b join}' | grep -Ev '^[ \t]*(#|$)'
}

mapfile -t commands < <(commands_of_readme)
promised=('bin/harness run --workload cart --nemesis partition' 'bin/test')
for command in "${promised[@]}"; do
  printf '%s\n' "${commands[@]}" | grep -qxF -- "$command" ||
    { echo "FAILED: no \`\`\`sh block of the README says: $command" && exit 1; }
  # The virtual machine must try the same.
  grep -qF -- "$command" "$tree/Vagrantfile" || { echo "FAILED: the Vagrantfile does not run: $command" && exit 1; }
done

for command in "${commands[@]}"; do
  [[ $command == bin/test ]] && command='bin/test --help'
  printf '\n$ %s\n' "$command"
  status=0
  bash -euo pipefail -c "$command" </dev/null || status=$?
  ((status == 0)) || { echo "FAILED: status $status of: $command" && exit 1; }
done
printf '\n%d commands of the README work\n' "${#commands[@]}"
