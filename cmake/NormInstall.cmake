#===- NormInstall.cmake - What is installed --------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
# What `cmake --install` puts under a prefix, and the library norm::compiler.
# The package has no absolute path but that of libMLIR and can be moved.

include(CMakePackageConfigHelpers)

# lib on every system, as norm-compile looks for the runtime in ../lib.
set(NORM_INSTALL_BIN bin)
set(NORM_INSTALL_LIB lib)
set(NORM_INSTALL_INCLUDE include)

# All compiler libraries in one that a program links to. -z defs fails here, not
# in that program, if one is missing.
set(NORM_COMPILER_LIBRARIES NormAnalysis NormConversion NormDialect
  NormDifferentiation NormExecutionEngine NormPipelines NormReference NormTarget NormTransforms)
set(objects)
foreach(lib IN LISTS NORM_COMPILER_LIBRARIES)
  list(APPEND objects $<TARGET_OBJECTS:${lib}>)
endforeach()
set(NORM_COMPILER_MAP "${CMAKE_CURRENT_LIST_DIR}/norm_compiler.map")
add_library(NormCompilerShared SHARED ${objects})
target_include_directories(NormCompilerShared INTERFACE
  "${PROJECT_SOURCE_DIR}/include")
target_link_libraries(NormCompilerShared PUBLIC NormRuntimeShared
  PRIVATE norm_options MLIR LLVM ${CMAKE_DL_LIBS})
target_link_options(NormCompilerShared PRIVATE
  "-Wl,--version-script=${NORM_COMPILER_MAP}" -Wl,--as-needed ${NORM_NO_UNDEFINED})
set_target_properties(NormCompilerShared PROPERTIES
  OUTPUT_NAME norm_compiler
  LINKER_LANGUAGE CXX
  LINK_DEPENDS "${NORM_COMPILER_MAP}"
  LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")

# Libraries and tools find each other by their relative place, in the build folder,
# too, and libMLIR where it was linked from. (A path of the build folder would be
# filled up with empty entries, which stand for the current directory.)
set_target_properties(NormRuntimeShared NormCompilerShared PROPERTIES
  INSTALL_RPATH "$ORIGIN" INSTALL_RPATH_USE_LINK_PATH ON
  BUILD_WITH_INSTALL_RPATH ON)
install(TARGETS NormRuntime NormRuntimeShared NormCompilerShared
  ARCHIVE DESTINATION ${NORM_INSTALL_LIB}
  LIBRARY DESTINATION ${NORM_INSTALL_LIB})
foreach(tool IN ITEMS norm-opt norm-compile norm-run norm-lsp-server)
  if(TARGET ${tool})
    set_target_properties(${tool} PROPERTIES
      INSTALL_RPATH "$ORIGIN/../${NORM_INSTALL_LIB}"
      INSTALL_RPATH_USE_LINK_PATH ON
      BUILD_WITH_INSTALL_RPATH ON)
    install(TARGETS ${tool} RUNTIME DESTINATION ${NORM_INSTALL_BIN})
  endif()
endforeach()

# The runner is what norm-run is made of, the emulator what it and tests use:
# neither is a library for programs.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/norm"
  "${PROJECT_BINARY_DIR}/include/norm"
  DESTINATION ${NORM_INSTALL_INCLUDE}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.h.inc"
  PATTERN "Runner" EXCLUDE
  PATTERN "Emulator" EXCLUDE)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/dialect/norm"
  DESTINATION ${NORM_INSTALL_INCLUDE} FILES_MATCHING PATTERN "*.td")

set(NORM_CMAKE_DIR "${NORM_INSTALL_LIB}/cmake/norm")
configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/normConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/package/normConfig.cmake"
  INSTALL_DESTINATION "${NORM_CMAKE_DIR}"
  PATH_VARS NORM_INSTALL_INCLUDE NORM_INSTALL_LIB NORM_INSTALL_BIN)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/package/normConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/package/normConfig.cmake"
  "${PROJECT_BINARY_DIR}/package/normConfigVersion.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/NormAddKernel.cmake"
  DESTINATION "${NORM_CMAKE_DIR}")
