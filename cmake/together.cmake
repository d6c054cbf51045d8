# Several sources compiled as one: what their headers bring is parsed and instantiated once for all of them. Sources
# only in the presets that build everything a second time: in the others each must stand by what it names itself.
set(OUTRIDER_TOGETHER 1 CACHE STRING "compile so many sources of a library as one")
set(OUTRIDER_TESTS_TOGETHER 1 CACHE STRING "compile so many sources of a test program as one")

if(OUTRIDER_TOGETHER GREATER 1 OR OUTRIDER_TESTS_TOGETHER GREATER 1)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
endif()

# together(TARGET MOST source…)
function(together target most)
  list(LENGTH ARGN count)
  if(most LESS 2 OR count LESS 2)
    return()
  endif()
  execute_process(COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/cmake/together.py ${most} ${ARGN}
                  OUTPUT_VARIABLE lines OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" ";" lines "${lines}")
  foreach(line ${lines})
    string(REGEX MATCH "^([0-9]+) (.*)$" line "${line}")
    set_source_files_properties(${CMAKE_MATCH_2} PROPERTIES UNITY_GROUP ${target}_${CMAKE_MATCH_1})
  endforeach()
  # It takes what an unnamed namespace of an included source hides for what a header hides.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # Read after somebody's `using namespace` it would find two namespaces called testing.
  get_target_property(kind ${target} TYPE)
  if(kind STREQUAL EXECUTABLE)
    set_target_properties(${target} PROPERTIES UNITY_BUILD_CODE_BEFORE_INCLUDE "#include <gmock/gmock.h>")
  endif()
endfunction()
