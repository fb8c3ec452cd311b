#===- NormLibrary.cmake - Libraries, tools and TableGen --------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# norm_add_library(NAME SOURCES... LINK libs... DEPENDS targets...)
# norm_add_tool(NAME SOURCES... LINK libs...)
# Every C++ target shares one precompiled header: a file that includes MLIR
# costs over ten seconds without it.

add_library(norm_base_options INTERFACE)
target_include_directories(norm_base_options INTERFACE
  "${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}/include")
target_compile_options(norm_base_options INTERFACE
  -Wall -Wextra -Wno-unused-parameter $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)
if(NORM_ENABLE_ASSERTIONS)
  target_compile_options(norm_base_options INTERFACE -UNDEBUG)
endif()
add_library(norm_options INTERFACE)
target_link_libraries(norm_options INTERFACE norm_base_options)

# A shared library is linked without the sanitizers' runtime, which the program
# brings, so that it cannot be linked without undefined symbols.
set(NORM_NO_UNDEFINED -Wl,-z,defs)
if(NORM_SANITIZE)
  norm_sanitize(norm_options "${NORM_SANITIZE}")
  set(NORM_NO_UNDEFINED)
endif()

add_library(norm_mlir INTERFACE)
target_include_directories(norm_mlir SYSTEM INTERFACE
  ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_link_libraries(norm_mlir INTERFACE norm_options
  $<$<NOT:$<BOOL:$<TARGET_PROPERTY:NORM_STATIC_LLVM>>>:MLIR$<SEMICOLON>LLVM>)

if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_link_options(-fuse-ld=lld)
endif()

# norm_tablegen(TD OUT FLAGS...): runs mlir-tblgen on TD and writes
# <build>/include/norm/OUT, the path under which C++ includes it.
add_custom_target(norm_tablegen)
find_program(NORM_MLIR_TBLGEN mlir-tblgen HINTS "${LLVM_TOOLS_BINARY_DIR}" REQUIRED NO_DEFAULT_PATH)
function(norm_tablegen td out)
  get_filename_component(td "${td}" ABSOLUTE)
  set(file "${PROJECT_BINARY_DIR}/include/norm/${out}")
  get_filename_component(dir "${file}" DIRECTORY)
  file(MAKE_DIRECTORY "${dir}")
  add_custom_command(OUTPUT "${file}"
    COMMAND "${NORM_MLIR_TBLGEN}" ${ARGN} "${td}"
            -I "${PROJECT_SOURCE_DIR}/dialect" -I "${PROJECT_SOURCE_DIR}/include"
            -I "${MLIR_INCLUDE_DIRS}" -o "${file}" -d "${file}.d"
    DEPENDS "${td}" DEPFILE "${file}.d"
    COMMENT "mlir-tblgen norm/${out}" VERBATIM)
  string(MAKE_C_IDENTIFIER "norm_tablegen_${out}" target)
  add_custom_target(${target} DEPENDS "${file}")
  add_dependencies(norm_tablegen ${target})
endfunction()

add_library(norm_pch OBJECT "${PROJECT_SOURCE_DIR}/cmake/Precompiled.cpp")
target_link_libraries(norm_pch PRIVATE norm_mlir)
target_precompile_headers(norm_pch PRIVATE "${PROJECT_SOURCE_DIR}/cmake/Precompiled.h")

function(norm_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC norm_mlir ${ARG_LINK})
  target_precompile_headers(${name} REUSE_FROM norm_pch)
  add_dependencies(${name} norm_tablegen ${ARG_DEPENDS})
endfunction()

function(norm_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  # -fPIC like the libraries: the precompiled header is made for it, not for -fPIE.
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name} PRIVATE -fPIC)
  target_compile_definitions(${name} PRIVATE NORM_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${name} PRIVATE norm_mlir ${ARG_LINK})
  target_precompile_headers(${name} REUSE_FROM norm_pch)
  add_dependencies(${name} norm_tablegen)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
endfunction()

# Links a static MLIR library that libMLIR does not contain (registration of
# all dialects, the opt and LSP mains) by its file, without its static
# dependencies, which libMLIR provides.
function(norm_link_beside_libmlir target)
  foreach(lib IN LISTS ARGN)
    target_link_libraries(${target} PRIVATE $<TARGET_FILE:${lib}>)
  endforeach()
  target_link_libraries(${target} PRIVATE MLIR LLVM)
endfunction()
