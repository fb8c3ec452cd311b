#===- NormSanitize.cmake - Builds with the sanitizers of the compiler -----===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
#
# -DNORM_SANITIZE=thread, address or undefined (or address,undefined) builds all
# of the project with it. LLVM and MLIR are not, so with `thread` only code that
# shares no data through them can be judged.
#
# norm_sanitize(TARGET SANITIZERS) builds one target and what links to it.
# NORM_TESTED_SANITIZERS lists those that the tests of the runtime always use.

include(CheckCXXSourceCompiles)

set(NORM_SANITIZE "" CACHE STRING
  "Sanitizers of the whole build: thread, address, undefined, or address,undefined")
set_property(CACHE NORM_SANITIZE PROPERTY STRINGS
  "" thread address undefined "address,undefined")

# Whether a program can be compiled and linked with SANITIZERS.
function(norm_check_sanitizers sanitizers result)
  string(MAKE_C_IDENTIFIER "NORM_HAS_SANITIZE_${sanitizers}" variable)
  set(CMAKE_REQUIRED_QUIET ON)
  set(CMAKE_REQUIRED_FLAGS "-fsanitize=${sanitizers}")
  check_cxx_source_compiles("int main() { return 0; }" ${variable})
  set(${result} "${${variable}}" PARENT_SCOPE)
endfunction()

function(norm_sanitize target sanitizers)
  # INTERFACE libraries have no code of their own.
  get_target_property(type ${target} TYPE)
  set(scope PUBLIC)
  if(type STREQUAL "INTERFACE_LIBRARY")
    set(scope INTERFACE)
  endif()
  # An error ends the program, so that a test fails.
  target_compile_options(${target} ${scope} "-fsanitize=${sanitizers}"
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(${target} ${scope} "-fsanitize=${sanitizers}")
endfunction()

set(NORM_TESTED_SANITIZERS)
if(NORM_SANITIZE)
  norm_check_sanitizers("${NORM_SANITIZE}" works)
  if(NOT works)
    message(FATAL_ERROR "NORM_SANITIZE=${NORM_SANITIZE}: ${CMAKE_CXX_COMPILER} "
      "cannot link a program with it; expected thread, address or undefined, "
      "and for clang the package libclang-rt-22-dev.")
  endif()
  list(APPEND NORM_TESTED_SANITIZERS "${NORM_SANITIZE}")
else()
  foreach(sanitizers IN ITEMS thread "address,undefined")
    norm_check_sanitizers("${sanitizers}" works)
    if(works)
      list(APPEND NORM_TESTED_SANITIZERS "${sanitizers}")
    else()
      message(STATUS "${CMAKE_CXX_COMPILER} cannot link with -fsanitize="
        "${sanitizers} (libclang-rt-22-dev): a test of the runtime is left out")
    endif()
  endforeach()
endif()
