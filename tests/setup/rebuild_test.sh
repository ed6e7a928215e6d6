#!/usr/bin/env bash
# What is up to date is not built again: at its second start bin/harness has nothing to say but what the program says.
#
#   rebuild_test.sh TREE   the top of a tree with a build/release
set -euo pipefail
tree=$1
"$tree/bin/harness" list workloads >/dev/null # builds where something is not up to date
said=$("$tree/bin/harness" list workloads 2>&1 >/dev/null)
[[ -z $said ]] || { printf 'the second start said:\n%s\n' "$said" && exit 1; }
