# shellcheck shell=bash
# Set-up that bin/harness, bin/test and .ci/run share: the Debian packages, then the release build. Sourced, never run;
# expects in `self` the path of the script that sources it. Talks on standard error only, so that a program's --json
# output stays clean.

root=${BASH_SOURCE[0]%/cmake/setup.sh}
program=${self:?must be set} # for messages: bin/harness
program=${program#"$root"/}
release=$root/build/release
stamp=$release/.programs-built # as old as the start of the last build of the programs

# iptables and ip stand in /usr/sbin, which an ordinary user's PATH lacks on Debian.
export PATH=$PATH:/usr/sbin:/sbin
export NINJA_STATUS='[%f/%t, %es] '

say() { printf '%s: %s\n' "$program" "$*" >&2; }

# 255: the harness itself failed, whatever it would have found.
die() {
  say "$@"
  exit 255
}

# True if the programs are at least as new as everything that they are built from. Called at every start: two files are
# looked at, then one `find` walks the sources (directories too: their time tells of files that came or went).
programs_up_to_date() {
  [[ -x $release/bin/harness && -x $release/bin/dynamo-node && -e $stamp ]] || return 1
  local newer
  newer=$(cd "$root" && find node checkers workloads nemesis harness cmake CMakeLists.txt CMakePresets.json \
    -newer "$stamp" -print -quit) && [[ -z $newer ]]
}

# Names of the packages of the given stages (run, ci) that are not installed.
missing_packages() {
  local stage package status wanted=()
  local -A installed=()
  while read -r stage package _; do
    [[ " $* " == *" $stage "* ]] && wanted+=("$package")
  done <"$root/cmake/debian-packages.txt"
  while read -r package status; do
    [[ $status == installed ]] && installed[$package]=yes
  done < <(dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null)
  for package in "${wanted[@]}"; do
    [[ ${installed[$package]:-} ]] || printf '%s\n' "$package"
  done
}

# Installs what is missing of the given stages; does nothing, and needs neither network nor rights, where nothing is.
install_packages() {
  local missing install as_root=()
  if [[ -z $(type -P dpkg-query) ]]; then
    say "this is not a Debian system; cmake will tell if something of cmake/debian-packages.txt is missing"
    return
  fi
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  # A fresh machine may be updating itself at this moment: wait for its lock.
  install=(apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}")

  say "missing Debian packages: ${missing[*]}"
  if [[ $(id -u) != 0 ]]; then
    # Without a terminal sudo could not ask for a password.
    if [[ -z $(type -P sudo) ]] || ! { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
      die "neither root nor able to use sudo; run this as root, then try again: apt-get install ${missing[*]}"
    fi
    as_root=(sudo)
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  say "installing them now: ${as_root[*]} ${install[*]}"
  # Package lists may be absent (a new machine) or name versions that are gone: refresh them only then.
  {
    { apt-get install --simulate "${missing[@]}" >/dev/null 2>&1 && "${as_root[@]}" "${install[@]}"; } ||
      { "${as_root[@]}" apt-get update && "${as_root[@]}" "${install[@]}"; }
  } >&2 || die "apt-get failed; to see why: ${install[*]}"
}

configure() {
  local cache=$release/CMakeCache.txt
  cd "$root" || return
  if [[ -e $cache ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache"; then
    cmake --preset release --fresh # the tree has been moved or copied: cmake refuses the old cache
  elif [[ ! $release/build.ninja -nt CMakePresets.json ]]; then
    cmake --preset release
  fi # else ninja configures again by itself when it has to
}

# True if the build can write its files: in the build directory, or where that would be made.
release_is_writable() {
  local directory=$release
  until [[ -e $directory ]]; do directory=${directory%/*}; done
  [[ -w $directory ]]
}

# Installs, configures and builds the given targets in build/release; one caller at a time, the others wait.
build_release() {
  release_is_writable || die "cannot build: $(id -un) may not write $release"
  mkdir -p "$release"
  (
    flock --nonblock 9 || {
      say "waiting for another build in $release"
      flock 9
    }
    if [[ $1 != all ]] && programs_up_to_date; then exit; fi # built while we waited
    # 9>&-: a daemon that a package starts would otherwise hold the lock for ever.
    install_packages run 9>&-
    # Stamped before the build: a file that changes while it runs counts as newer.
    touch "$stamp.new"
    say "building $* in $release$([[ -e $release/build.ninja ]] || echo ' (the first time this takes some minutes)')"
    # A home that is not there or cannot be written is no reason not to build.
    [[ -w ${HOME:-} ]] || export CCACHE_DISABLE=1
    { configure && cmake --build "$release" --target "$@"; } 9>&- >&2 || die "the build failed, see above"
    mv "$stamp.new" "$stamp"
  ) 9>"$release/.lock"
}
