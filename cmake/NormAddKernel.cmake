#===- NormAddKernel.cmake - Kernels as part of a build ---------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# norm_add_kernel(NAME FILE.mlir [STATIC|SHARED] [CPU NAME] [TRIPLE TRIPLE]
#                 [OPTIONS OPTION...])
#
# Compiles FILE.mlir as part of the build to the library target NAME (STATIC if
# nothing is said) with the functions of the calling convention. Linking NAME
# gives its header <NAME.h>, in C and C++, and norm::runtime. CPU and TRIPLE are
# those of norm-compile: without them the code is for the machine that builds,
# with all that its CPU has. OPTIONS are passed on to norm-compile.
function(norm_add_kernel name file)
  cmake_parse_arguments(ARG "STATIC;SHARED" "CPU;TRIPLE" "OPTIONS" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "norm_add_kernel(${name}): unknown arguments: "
      "${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(ARG_STATIC AND ARG_SHARED)
    message(FATAL_ERROR "norm_add_kernel(${name}): expected STATIC or SHARED, found both")
  endif()
  get_filename_component(file "${file}" ABSOLUTE)
  if(NOT EXISTS "${file}")
    message(FATAL_ERROR "norm_add_kernel(${name}): there is no file ${file}")
  endif()
  set(options ${ARG_OPTIONS})
  if(ARG_CPU)
    list(APPEND options --cpu=${ARG_CPU})
  endif()
  if(ARG_TRIPLE)
    list(APPEND options --triple=${ARG_TRIPLE})
  endif()

  set(dir "${CMAKE_CURRENT_BINARY_DIR}/norm-kernels/${name}")
  file(MAKE_DIRECTORY "${dir}")
  add_custom_command(OUTPUT "${dir}/${name}.o" "${dir}/${name}.h"
    COMMAND norm::norm-compile "${file}" -o "${dir}/${name}.o" --emit=obj
            "--header=${dir}/${name}.h" ${options}
    DEPENDS "${file}" norm::norm-compile
    COMMENT "norm-compile ${name}" VERBATIM)

  set(kind STATIC)
  if(ARG_SHARED)
    set(kind SHARED)
  endif()
  add_library(${name} ${kind} "${dir}/${name}.o" "${dir}/${name}.h")
  set_source_files_properties("${dir}/${name}.o" PROPERTIES
    EXTERNAL_OBJECT TRUE GENERATED TRUE)
  # There is no source from which CMake could tell.
  set(language CXX)
  if(CMAKE_C_COMPILER_LOADED)
    set(language C)
  endif()
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE ${language})
  target_include_directories(${name} INTERFACE "${dir}")
  target_link_libraries(${name} PUBLIC norm::runtime m)
endfunction()
