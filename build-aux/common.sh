# SPDX-FileCopyrightText: The asynclit-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Shared by the commands in this folder: required packages, their installation, and building with
# Meson. This file is sourced, never run.
#
# shellcheck shell=bash

source_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# Ctrl-C ends the script even if the running program handles the signal.
trap 'exit 130' INT

say() { printf '==> %s\n' "$*"; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit "${fail_status:-1}"
}

# Whether PyGObject finds a typelib.
gi_has() { python3 -c "import gi; gi.require_version('$1', '$2')"; }

has() { command -v "$1" >/dev/null 2>&1; }

# The system's interpreter has PyGObject. Another one may come first on PATH.
system_python() { [[ -x /usr/bin/python3 ]] && echo /usr/bin/python3 || command -v python3; }

# --- Required packages ----------------------------------------------------------------------
#
# Each entry: the group that needs it; the package of Debian 12 and 13; a command that succeeds if
# it is installed, for systems without dpkg; and a description for users of such systems.

needs=(
  "build;gcc;has cc;a C compiler"
  "build;libc6-dev;has cc;the headers of the C library"
  "build;meson;has meson;Meson 1.0.1 or newer"
  "build;ninja-build;has ninja || has ninja-build || has samu;Ninja"
  "build;pkgconf;has pkg-config;pkg-config"
  "build;libglib2.0-dev;pkg-config --atleast-version=2.74 gio-unix-2.0;GLib 2.74 or newer, with headers"
  "build;libsqlite3-dev;pkg-config --exists sqlite3;SQLite 3, with headers"
  "build;gettext;has msgfmt;gettext"
  "python;gobject-introspection;has g-ir-scanner;GObject Introspection 1.74 or newer"
  "python;libgirepository1.0-dev;pkg-config --exists gobject-introspection-1.0;GObject Introspection, development files"
  "python;python3-gi;python3 -c 'import gi';PyGObject for Python 3"
  "test;valac;has vapigen;Vala, with vapigen"
  "test;gi-docgen;has gi-docgen;gi-docgen"
  "test;gjs;has gjs;GJS, GNOME's JavaScript"
  "pypi;python3-venv;python3 -c 'import ensurepip, venv';Python's venv, with ensurepip"
  "pypi;git;has git;git"
  "pypi;python3-dev;pkg-config --exists python3;the headers of Python"
  "pypi;libcairo2-dev;pkg-config --exists cairo-gobject;cairo, with headers"
  "pypi-13;libgirepository-2.0-dev;pkg-config --exists girepository-2.0;GObject Introspection of GLib, with headers"
  "test;chromium;has chromium;Chromium"
  "test;chromium-driver;has chromedriver;ChromeDriver, of the same version"
  "test;spin;has spin;spin, the model checker"
  "test;python3-pytest;python3 -c 'import pytest';pytest for Python 3"
  "test;python3-hypothesis;python3 -c 'import hypothesis';Hypothesis for Python 3"
  "test;mypy;has mypy;mypy"
  "test;gir1.2-gtk-4.0;gi_has Gtk 4.0;GTK 4, with its typelib"
  "test;xvfb;has Xvfb;Xvfb"
  "test;libgtk-4-dev;pkg-config --atleast-version=4.8 gtk4;GTK 4.8 or newer, with headers"
  "test;libsoup-3.0-dev;pkg-config --atleast-version=3.2 libsoup-3.0;libsoup 3.2 or newer, with headers"
  "test;gir1.2-soup-3.0;gi_has Soup 3.0;libsoup 3, with its typelib"
  "test;gir1.2-atspi-2.0;gi_has Atspi 2.0;AT-SPI, with its typelib"
  "test;at-spi2-core;[[ -e /usr/share/dbus-1/services/org.a11y.Bus.service ]];the bus of AT-SPI"
  "test;dbus-daemon;has dbus-daemon;dbus-daemon"
  "test;xdotool;has xdotool;xdotool"
  "test;imagemagick;has import && has convert;ImageMagick"
  "test;desktop-file-utils;has desktop-file-validate;desktop-file-utils"
  "test;appstream;has appstreamcli;AppStream, with appstreamcli"
  "test;tzdata;[[ -e /usr/share/zoneinfo/Europe/Helsinki ]];the time zone database, tzdata"
  "test;procps;has ps && has pgrep;procps, with ps and pgrep"
  "test;util-linux;has setarch;util-linux, with setarch"
  "install;valac;has vapigen;Vala, with vapigen"
  "gjs;gobject-introspection;has g-ir-scanner;GObject Introspection 1.74 or newer"
  "gjs;libgirepository1.0-dev;pkg-config --exists gobject-introspection-1.0;GObject Introspection, development files"
  "gjs;gjs;has gjs;GJS, GNOME's JavaScript"
  "gtk;libgtk-4-dev;pkg-config --atleast-version=4.8 gtk4;GTK 4.8 or newer, with headers"
  "fetch;libsoup-3.0-dev;pkg-config --atleast-version=3.2 libsoup-3.0;libsoup 3.2 or newer, with headers"
  "fetch-gjs;gir1.2-soup-3.0;gi_has Soup 3.0;libsoup 3, with its typelib"
  "valgrind;valgrind;has valgrind;Valgrind"
  "clang;clang;has clang;clang"
  "clang-12;libclang-rt-14-dev;has clang;the sanitizers of clang"
  "clang-13;libclang-rt-19-dev;has clang;the sanitizers of clang"
  "peers;libuv1-dev;pkg-config --exists libuv;libuv, to compare with"
  "peers-13;libdex-dev;pkg-config --exists libdex-1;libdex, to compare with"
  "coverage;gcovr;has gcovr;gcovr"
  "debian;debootstrap;has debootstrap;debootstrap"
  "debian;debian-archive-keyring;[[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]];the keys of Debian's archive"
  "debian;mount;has mount;mount"
)

# --- Installing it --------------------------------------------------------------------------

on_debian() { has dpkg-query && has apt-get; }

# A package may be installed for several architectures, so the word may occur more than once.
installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed* ]]; }

# The major version of Debian; a high number on derived systems, which have other version numbers.
debian_release() {
  local release
  release=$(. /etc/os-release && printf '%s' "${VERSION_ID:-99}")
  printf '%s' "${release%%.*}"
}

# Prints the groups of clang and its sanitizers, whose package name contains the version.
clang_groups() {
  printf 'clang\n'
  on_debian || return 0
  if [[ $(debian_release) -lt 13 ]]; then printf 'clang-12\n'; else printf 'clang-13\n'; fi
}

# Prints the groups of the libraries that the benchmarks compare with. It is optional, so users are
# not asked to install it. Debian has libdex since version 13.
peer_groups() {
  on_debian || return 0
  printf 'peers\n'
  [[ $(debian_release) -lt 13 ]] || printf 'peers-13\n'
}

# Prints the groups of what pip needs. It builds the newest PyGObject from Debian 13 on.
pypi_groups() {
  printf 'pypi\n'
  ! on_debian || [[ $(debian_release) -lt 13 ]] || printf 'pypi-13\n'
}

# Prints what is missing from the given groups: package names on Debian, descriptions elsewhere.
missing() {
  local entry group package check what wanted=" $* "
  for entry in "${needs[@]}"; do
    IFS=';' read -r group package check what <<<"$entry"
    [[ $wanted == *" $group "* ]] || continue
    if on_debian; then
      installed "$package" || printf '%s\n' "$package"
    else
      (eval "$check") >/dev/null 2>&1 || printf '%s\n' "$what"
    fi
  done
}

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

install_with_apt() {
  local log=$source_dir/_build/install.log
  [[ $(id -u) == 0 ]] || has sudo \
    || fail "there is no sudo here: as root, run: apt-get install $*"
  say "installing: $*"
  mkdir -p "${log%/*}"
  as_root apt-get -q update </dev/null >"$log" 2>&1 \
    || say "apt-get update failed (see $log); going on with the lists that are there"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    install --no-install-recommends "$@" </dev/null >>"$log" 2>&1 \
    || { tail -n 20 "$log" >&2; fail "apt-get failed to install: $* (its output: $log)"; }
}

# Makes sure that all packages of the given groups are installed. On Debian, apt is only called if a
# package is missing.
ensure_installed() {
  local lines
  mapfile -t lines < <(missing "$@")
  [[ ${#lines[@]} -gt 0 ]] || return 0
  if on_debian; then
    install_with_apt "${lines[@]}"
    return
  fi
  {
    printf 'This system has no apt-get, so nothing can be installed for you. Missing here:\n'
    printf '  - %s\n' "${lines[@]}"
    printf 'Install these with your own package manager, then run this command again:\n'
    printf 'it goes on as soon as it finds them.\n'
  } >&2
  exit "${fail_status:-1}"
}

# --- Packages from PyPI ---------------------------------------------------------------------

# A virtual environment that also sees the packages of the system's Python: PyGObject.
python_environment=$source_dir/_build/python

# The contents of an environment. When they change, the environment is created again.
describe_environment() {
  "$(system_python)" --version
  cat "$source_dir/tests/requirements.txt"
}

install_environment() {
  rm -rf -- "$python_environment"
  "$(system_python)" -m venv --system-site-packages "$python_environment"
  "$python_environment/bin/python" -m pip install --disable-pip-version-check --no-input \
    --retries 2 --timeout 30 --only-binary :all: -r "$source_dir/tests/requirements.txt"
}

# Creates the environment, unless there is one with the same contents. It stays for the next
# time. Prints the reason if it fails, for example if PyPI can't be reached.
ensure_environment() {
  local made_from=$python_environment/made-from log=$source_dir/_build/python.log started=$SECONDS
  [[ ! -e $made_from || $(<"$made_from") != "$(describe_environment)" ]] || return 0
  mkdir -p "${log%/*}"
  say "installing the packages of tests/requirements.txt in ${python_environment}"
  if ! logged "$log" install_environment; then
    rm -rf -- "$python_environment"
    say "could not install them (see ${log})"
    return 1
  fi
  describe_environment >"$made_from"
  say "installed them ($((SECONDS - started)) s)"
}

# --- Building -------------------------------------------------------------------------------

# Runs a command with its output in a log, and shows the end of the log if the command fails.
logged() {
  local log=$1 status=0
  shift
  "$@" </dev/null >"$log" 2>&1 || status=$?
  if [[ $status != 0 ]]; then
    printf -- '--- the end of %s\n' "$log" >&2
    tail -n 30 "$log" >&2
  fi
  return "$status"
}

# configure FOLDER OPTION...: creates or updates a build folder.
configure() {
  local build=$1
  shift
  mkdir -p "$build"
  if [[ -e $build/meson-private/coredata.dat ]]; then
    meson setup --reconfigure "$@" "$build" "$source_dir" </dev/null >"$build/configure.log" 2>&1 \
      && return
    # Created by another version of Meson, or interrupted: unusable.
    rm -rf -- "$build"
    mkdir -p "$build"
  fi
  logged "$build/configure.log" meson setup "$@" "$build" "$source_dir"
}

compile() { logged "$1/compile.log" meson compile -C "$1"; }
