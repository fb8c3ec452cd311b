#!/bin/bash
#===- setup.sh - Installs what a machine lacks -----------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Installs what building and testing need and this machine lacks (Debian 12).
#
#   scripts/setup.sh [-DNAME=VALUE ...]
#
# With -DMLIR_DIR=... no LLVM package is asked for. Exits with 1 and names the
# missing packages if it may not install them; leaves apt alone if none is.
# What only some tests need (ptxas and nvdisasm, which check code for GPUs, and
# NumPy) goes into the virtual environment .venv; without it those are skipped.
set -u

own_llvm=no
for argument in "$@"; do
  case $argument in
    -DMLIR_DIR=*) own_llvm=yes ;;
    -D*) ;;
    *) echo "setup.sh: error: unknown argument '$argument'" >&2; exit 1 ;;
  esac
done

missing=()
# need PACKAGE PROBE: PROBE is a command, or a file if it starts with a slash.
# Looking for what a package provides accepts other ways of installing it.
need() {
  case $2 in
    /*) [ -e "$2" ] || missing+=("$1") ;;
    *) command -v "$2" >/dev/null || missing+=("$1") ;;
  esac
}

llvm=/usr/lib/llvm-22
if [ $own_llvm = no ]; then
  need libmlir-22-dev $llvm/lib/cmake/mlir/MLIRConfig.cmake
  need mlir-22-tools $llvm/bin/mlir-opt
  need llvm-22-dev $llvm/lib/cmake/llvm/LLVMConfig.cmake
  need llvm-22-tools $llvm/bin/FileCheck
  need clang-22 clang-22
  need clang-format-22 clang-format-22
  need clang-tidy-22 clang-tidy-22
  need lld-22 $llvm/bin/ld.lld
  need libomp-22-dev $llvm/lib/libomp.so
  need libclang-rt-22-dev $llvm/lib/clang/22/lib/linux
fi
need g++ g++
need cmake cmake
need ninja-build ninja
need python3 python3
need python3-venv "$(python3 -c 'import ensurepip; print(ensurepip.__file__)' 2>/dev/null || echo /missing)"
need libgtest-dev /usr/include/gtest/gtest.h
need libgmock-dev /usr/include/gmock/gmock.h
need librapidcheck-dev /usr/include/rapidcheck/gtest.h
need libdlpack-dev /usr/include/dlpack/dlpack.h
need libtbb-dev /usr/include/oneapi/tbb.h
need libboost-context-dev /usr/include/boost/context/detail/fcontext.hpp

give_up() {
  echo "setup.sh: error: $1; these Debian 12 packages are missing:" >&2
  printf '  %s\n' "${missing[@]}" >&2
  if [ $own_llvm = no ]; then
    echo "-DMLIR_DIR=<prefix>/lib/cmake/mlir uses another LLVM and MLIR 22.1" >&2
  fi
  exit 1
}

install_packages() {
  command -v apt-get >/dev/null || give_up "apt-get was not found"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    as_root=(sudo -n)
    sudo -n true 2>/dev/null || give_up "installing needs root"
  fi
  apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq \
      -o Dpkg::Use-Pty=0 "$@" >/dev/null
  }
  echo "Installing ${missing[*]}"
  apt update || give_up "apt-get update failed"
  apt install -y --no-install-recommends "${missing[@]}" ||
    give_up "apt-get install failed"
}
[ ${#missing[@]} -eq 0 ] || install_packages

# Versions are fixed, so that what tests read does not change.
install_for_tests() {
  local venv packages=(numpy==2.4.6)
  venv="$(dirname "$0")/../.venv"
  [ "$(uname -m)" != x86_64 ] ||
    packages+=(nvidia-cuda-nvcc==13.2.86 nvidia-cuda-nvdisasm==13.2.86)
  "$venv/bin/python" -c '
import sys; from importlib.metadata import version
for package in sys.argv[1:]: version(package.split("==")[0])' \
    "${packages[@]}" 2>/dev/null && return
  echo "Installing ${packages[*]}"
  timeout 300 python3 -m venv "$venv" >/dev/null &&
    timeout 300 "$venv/bin/python" -m pip install --quiet \
      --disable-pip-version-check --no-deps "${packages[@]}" ||
    echo "setup.sh: note: no ${packages[*]}: some tests are skipped" >&2
}
install_for_tests
exit 0
