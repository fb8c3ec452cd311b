#===- NormMLIR.cmake - Finds MLIR 22.1 -------------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# Finds MLIR 22.1 and says which package is missing if it is not there.
#
# Programs and libraries are linked with the shared libMLIR and libLLVM, those of
# norm_link_static_llvm with the static libraries alone: one program with both
# would register every dialect twice.

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

option(NORM_STATIC_TOOLS
  "Link norm-compile and norm-run with the static libraries of MLIR and LLVM" ON)
if(NORM_STATIC_TOOLS)
  # All that are installed, of which the linker takes what is needed. Their own
  # dependencies name the shared libLLVM, so they are linked by file.
  get_property(libs GLOBAL PROPERTY MLIR_ALL_LIBS)
  set(NORM_STATIC_LLVM_FILES)
  foreach(lib IN LISTS libs LLVM_AVAILABLE_LIBS)
    if(TARGET ${lib})
      get_target_property(type ${lib} TYPE)
      get_target_property(file ${lib} LOCATION)
      if(type STREQUAL "STATIC_LIBRARY" AND EXISTS "${file}")
        list(APPEND NORM_STATIC_LLVM_FILES "${file}")
      endif()
    endif()
  endforeach()
  # What LLVM's support library compresses with; without their development
  # packages only the versioned files are there.
  find_library(NORM_ZLIB NAMES z libz.so.1)
  find_library(NORM_ZSTD NAMES zstd libzstd.so.1)
  mark_as_advanced(NORM_ZLIB NORM_ZSTD)
  set(reason)
  if(NOT TARGET MLIRIR OR NOT TARGET LLVMCore)
    set(reason "${MLIR_DIR} has no static libraries")
  elseif(NOT NORM_ZLIB OR NOT NORM_ZSTD)
    set(reason "libz or libzstd was not found")
  elseif(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    set(reason "their order is for lld, which is used with clang")
  elseif(NORM_SANITIZE)
    set(reason "NORM_SANITIZE is for the shared ones")
  endif()
  if(reason)
    message(STATUS "norm-compile and norm-run use the shared libMLIR: ${reason}")
    set(NORM_STATIC_TOOLS OFF)
  endif()
endif()

# Links TARGET with the static libraries of MLIR and LLVM instead of the shared
# ones: it starts ten times as fast, compiles in three quarters of the time
# (nothing is relocated or looked up) and runs where LLVM is not installed.
# Not for programs that load plugins, which bring the shared ones.
function(norm_link_static_llvm target)
  if(NOT NORM_STATIC_TOOLS)
    return()
  endif()
  set_target_properties(${target} PROPERTIES NORM_STATIC_LLVM ON)
  target_link_libraries(${target} PRIVATE ${NORM_STATIC_LLVM_FILES}
    ${NORM_ZLIB} ${NORM_ZSTD} ${CMAKE_DL_LIBS})
  target_link_options(${target} PRIVATE -Wl,--gc-sections)
endfunction()
