#!/usr/bin/env bash
# Tests of the set-up in bin/harness and bin/test on a made-up machine: a tree with their scripts and hardly more, and a
# PATH on which dpkg-query, apt-get, sudo, id, cmake and ctest are fakes that write down how they were called.
#
#   setup_test.sh --list   prints the names of the tests
#   setup_test.sh NAME     runs one; exits 0 if it passes
set -euo pipefail
source_root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")

# ---- The made-up machine

make_machine() {
  machine=$(mktemp -d)
  trap 'chmod -R u+w "$machine"; rm -rf "$machine"' EXIT
  chmod 755 "$machine"
  tree=$machine/tree calls=$machine/calls fakes=$machine/fakes
  mkdir -p "$tree"/{node,checkers,workloads,nemesis,harness,cmake} "$fakes" "$machine/home"
  cp -r "$source_root/bin" "$tree/"
  cp "$source_root"/cmake/{setup.sh,debian-packages.txt} "$tree/cmake/"
  touch "$tree"/{CMakeLists.txt,CMakePresets.json} "$tree/node/ring.cc" "$calls"
  touch "$machine/missing" # packages that are not installed, one a line
  export machine calls HOME=$machine/home PATH=$fakes:$PATH FAKE_UID=0 FAKE_SUDO=allowed

  fake dpkg-query <<'FAKE'
for package in "${@:3}"; do
  grep -qx "$package" "$machine/missing" || echo "$package installed"
done
FAKE
  fake apt-get <<'FAKE'
case $1 in
  update) touch "$machine/package-lists" ;;
  install)
    [[ ! -e $machine/package-lists-needed || -e $machine/package-lists ]] || exit 100
    [[ $2 == --simulate ]] || : >"$machine/missing"
    echo "apt-get talks"
    ;;
esac
FAKE
  fake sudo <<'FAKE'
[[ $FAKE_SUDO == allowed ]] || exit 1
[[ $1 != -n ]] || shift
exec "$@"
FAKE
  fake id <<'FAKE'
[[ $1 == -u ]] && echo "$FAKE_UID" || echo somebody
FAKE
  fake cmake <<'FAKE'
echo "cmake talks"
case $1 in
  --preset) touch build/release/build.ninja ;;
  --build)
    while [[ -e $machine/hold-builds ]]; do sleep 0.01; done
    [[ ! -e $machine/build-fails ]] || exit 1
    mkdir -p "$2/bin"
    printf '#!/bin/sh\necho program "$@"\nexit 7\n' >"$2/bin/harness"
    cp "$2/bin/harness" "$2/bin/dynamo-node"
    chmod +x "$2/bin/harness" "$2/bin/dynamo-node"
    ;;
esac
FAKE
  fake ctest <<'FAKE'
FAKE
}

# fake NAME <<BODY: a program that first notes its call.
fake() {
  { echo '#!/usr/bin/env bash' && echo "echo \"$1 \$*\" >>\"\$calls\"" && cat; } >"$fakes/$1"
  chmod +x "$fakes/$1"
}

# run COMMAND…: sets status, out, err.
run() {
  status=0
  "$@" >"$machine/out" 2>"$machine/err" </dev/null || status=$?
  out=$(<"$machine/out") err=$(<"$machine/err")
}

build_once() {
  run "$tree/bin/harness"
  expect_status 7
  : >"$calls"
}

# A source file that is newer than the build, as a clock of coarse ticks shows it.
edit() { touch -d '+2 seconds' "$tree/$1"; }

fail() {
  printf 'FAILED: %s\n' "$*"
  printf -- '---- calls\n%s\n---- stdout\n%s\n---- stderr\n%s\n' "$(<"$calls")" "${out:-}" "${err:-}"
  exit 1
}
expect_status() { [[ $status == "$1" ]] || fail "status $status, expected $1"; }
expect_out() { [[ $out == "$1" ]] || fail "stdout is not: $1"; }
expect_err() { [[ $err == *"$1"* ]] || fail "stderr does not say: $1"; }
expect_call() { grep -qxF -- "$1" "$calls" || fail "not called: $1"; }
expect_no_call() { ! grep -q "^$1" "$calls" || fail "called: $1"; }

# ---- The tests

TheFirstCallConfiguresBuildsAndRunsTheProgram() {
  run "$tree/bin/harness" run --workload cart
  expect_call "cmake --preset release"
  expect_call "cmake --build $tree/build/release --target harness dynamo-node"
  expect_out "program run --workload cart"
}

TheProgramGetsItsArgumentsAndGivesItsStatus() {
  build_once
  run "$tree/bin/harness" 'two words' '' '*'
  expect_out "program two words  *"
  expect_status 7
}

OnceBuiltNothingIsCalledButTheProgram() {
  build_once
  run "$tree/bin/harness" list
  expect_out "program list"
  [[ ! -s $calls && -z $err ]] || fail "something else was done"
}

ItWorksFromAnyDirectoryAndThroughASymlink() {
  mkdir -p "$machine/elsewhere/bin"
  ln -s "$tree/bin/harness" "$machine/elsewhere/bin/dynamocs"
  cd "$machine/elsewhere"
  run bin/dynamocs list
  expect_out "program list"
  [[ ! -e build ]] || fail "it built in the caller's directory"
}

OnlyTheProgramWritesOnStandardOutput() {
  echo g++ >"$machine/missing"
  run "$tree/bin/harness" --json
  expect_out "program --json"
  expect_err "apt-get talks"
  expect_err "cmake talks"
}

AnEditedSourceIsBuiltAgain() {
  build_once
  edit node/ring.cc
  run "$tree/bin/harness"
  expect_call "cmake --build $tree/build/release --target harness dynamo-node"
}

ASourceThatIsDeletedOrNewIsBuiltAgain() {
  build_once
  rm "$tree/node/ring.cc"
  edit node
  run "$tree/bin/harness"
  expect_call "cmake --build $tree/build/release --target harness dynamo-node"
}

WhatChangesDuringABuildIsBuiltByTheNextCall() {
  touch "$machine/hold-builds"
  "$tree/bin/harness" >"$machine/out" 2>&1 &
  until grep -q "^cmake --build" "$calls"; do sleep 0.01; done
  until [[ $tree/node/ring.cc -nt $tree/build/release/.programs-built.new ]]; do touch "$tree/node/ring.cc"; done
  rm "$machine/hold-builds"
  wait $! || true
  : >"$calls"
  run "$tree/bin/harness"
  expect_call "cmake --build $tree/build/release --target harness dynamo-node"
}

ChangedPresetsAreConfiguredAgain() {
  build_once
  edit CMakePresets.json
  run "$tree/bin/harness"
  expect_call "cmake --preset release"
}

AMovedTreeIsConfiguredAfresh() {
  build_once
  echo "CMAKE_HOME_DIRECTORY:INTERNAL=/where/it/was" >"$tree/build/release/CMakeCache.txt"
  edit node/ring.cc
  run "$tree/bin/harness"
  expect_call "cmake --preset release --fresh"
}

AFailedBuildRunsNothingAndIsTriedAgain() {
  build_once
  edit node/ring.cc
  touch "$machine/build-fails"
  for _ in first second; do
    : >"$calls"
    run "$tree/bin/harness"
    expect_status 255
    expect_out ""
    expect_err "bin/harness: the build failed, see above"
    expect_call "cmake --build $tree/build/release --target harness dynamo-node"
  done
}

OfTwoCallsAtOnceOneBuildsAndBothRun() {
  touch "$machine/hold-builds"
  "$tree/bin/harness" one >"$machine/one" 2>&1 &
  until grep -q "^cmake --build" "$calls"; do sleep 0.01; done
  "$tree/bin/harness" two >"$machine/two" 2>&1 &
  until grep -q "^bin/harness: waiting for another build" "$machine/two"; do sleep 0.01; done
  rm "$machine/hold-builds"
  wait || true
  grep -qx "program one" "$machine/one" || fail "one did not run"
  grep -qx "program two" "$machine/two" || fail "two did not run"
  [[ $(grep -c "^cmake --build" "$calls") == 1 ]] || fail "not exactly one build"
}

ADaemonStartedByAPackageDoesNotHoldTheLock() {
  echo redis-server >"$machine/missing"
  fake apt-get <<'FAKE'
: >"$machine/missing"
sleep 30 >/dev/null 2>&1 &
echo $! >"$machine/daemon"
FAKE
  run "$tree/bin/harness"
  local daemon free=yes
  daemon=$(<"$machine/daemon")
  flock --nonblock "$tree/build/release/.lock" true || free=no
  kill "$daemon"
  [[ $free == yes ]] || fail "the lock is still held"
}

MissingPackagesAreNamedAndInstalledByRoot() {
  printf '%s\n' libevent-dev iptables >"$machine/missing"
  run "$tree/bin/harness"
  expect_err "bin/harness: missing Debian packages: libevent-dev iptables"
  expect_call "apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 libevent-dev iptables"
  expect_no_call "sudo"
  expect_no_call "apt-get update"
}

PackageListsAreFetchedOnlyWhereTheyAreNeeded() {
  echo iptables >"$machine/missing"
  touch "$machine/package-lists-needed"
  run "$tree/bin/harness"
  expect_call "apt-get update"
  expect_out "program"
}

AnOrdinaryUserInstallsWithSudo() {
  echo iptables >"$machine/missing"
  FAKE_UID=1000 run "$tree/bin/harness"
  expect_call "sudo env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 iptables"
  expect_out "program"
}

WithoutRootAndSudoTheCommandIsTold() {
  printf '%s\n' iptables cmake >"$machine/missing"
  FAKE_UID=1000 FAKE_SUDO=denied run "$tree/bin/harness"
  expect_status 255
  expect_out ""
  expect_err "run this as root, then try again: apt-get install cmake iptables"
  expect_no_call "apt-get"
}

AnOrdinaryUserNeedsNoSudoWhereNothingIsMissing() {
  FAKE_UID=1000 FAKE_SUDO=denied run "$tree/bin/harness"
  expect_out "program"
  expect_no_call "sudo"
  expect_no_call "apt-get"
}

# As a user that may not write the tree: root may write everything, so it becomes nobody.
as_reader() {
  chmod -R a-w,a+rX "$tree"
  if [[ $EUID == 0 ]]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi
}

AReaderRunsWhatIsBuilt() {
  build_once
  run as_reader "$tree/bin/harness" list
  expect_out "program list"
}

AReaderIsToldThatTheBuildIsOlderThanTheSources() {
  build_once
  edit node/ring.cc
  chmod a+w "$calls"
  run as_reader "$tree/bin/harness" list
  expect_out "program list"
  expect_err "built from older sources"
}

AReaderCannotBuild() {
  chmod a+w "$calls"
  run as_reader "$tree/bin/harness" list
  expect_status 255
  expect_err "cannot build"
}

TestBuildsEverythingAndLeavesOutTheLongTests() {
  run "$tree/bin/test" -R Cart
  expect_call "cmake --build $tree/build/release --target all"
  grep -q "^ctest --test-dir $tree/build/release .*--label-exclude ^long\$ -R Cart\$" "$calls" || fail "ctest call"
}

TestLongLeavesOutNothing() {
  run "$tree/bin/test" --long
  grep -q "^ctest" "$calls" || fail "no ctest call"
  ! grep -q "label-exclude" "$calls" || fail "left something out"
}

TestTeaches() {
  run "$tree/bin/test" --help
  expect_status 0
  [[ $out == "Usage: bin/test "* && ! -s $calls ]] || fail "no help, or more than help"
}

AfterATestTheProgramsAreUpToDate() {
  run "$tree/bin/test"
  : >"$calls"
  run "$tree/bin/harness"
  expect_no_call "cmake"
}

# ----

mapfile -t tests < <(declare -F | awk '$3 ~ /^[A-Z]/ {print $3}')
case ${1:-} in
  --list) printf '%s\n' "${tests[@]}" ;;
  *)
    [[ " ${tests[*]} " == *" ${1:-} "* ]] || { echo "no such test: ${1:-}" && exit 1; }
    make_machine
    "$1"
    ;;
esac
