#===- NormMLIR.cmake - Finds MLIR 22.1 -------------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Finds MLIR 22.1 and says which package is missing if it is not there.
# The shared libMLIR is used, but for the programs of NormStaticLLVM.cmake; one
# program with it and the static libraries would register every dialect twice.

set(NORM_MLIR_VERSION "22.1")

if(NOT MLIR_DIR AND EXISTS "/usr/lib/llvm-22/lib/cmake/mlir")
  set(MLIR_DIR "/usr/lib/llvm-22/lib/cmake/mlir")
endif()
find_package(MLIR QUIET CONFIG)
if(NOT MLIR_FOUND)
  message(FATAL_ERROR
    "MLIR ${NORM_MLIR_VERSION} was not found. On Debian install libmlir-22-dev "
    "and mlir-22-tools (scripts/setup.sh does it); for any other installation "
    "pass -DMLIR_DIR=<prefix>/lib/cmake/mlir.")
endif()
if(NOT LLVM_VERSION VERSION_GREATER_EQUAL "${NORM_MLIR_VERSION}" OR
   NOT LLVM_VERSION VERSION_LESS "22.2")
  message(FATAL_ERROR
    "MLIR ${NORM_MLIR_VERSION} is needed, found ${LLVM_VERSION} in ${MLIR_DIR}.")
endif()
if(NOT TARGET MLIR)
  message(FATAL_ERROR
    "${MLIR_DIR} has no shared libMLIR (build LLVM with LLVM_BUILD_LLVM_DYLIB=ON "
    "and MLIR_BUILD_MLIR_DYLIB=ON, or install libmlir-22-dev).")
endif()
message(STATUS "Using MLIR ${LLVM_VERSION} in ${MLIR_DIR}")

list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)
