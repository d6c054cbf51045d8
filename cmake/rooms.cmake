# A room is one folder under agent/: one library, and one test program made of its *_test.cpp files.
#   room(health USES core async)       what it may see of the house; a missing word here does not link
#   LINK dep::…                        the libraries from outside it needs
function(room name)
  cmake_parse_arguments(ROOM "" "" "USES;LINK;ALSO" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/agent/${name}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM ROOM_USES PREPEND outrider_)
  add_library(outrider_${name} STATIC ${sources} ${ROOM_ALSO})
  target_include_directories(outrider_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(outrider_${name} PUBLIC ${ROOM_USES} ${ROOM_LINK})
  if(tests AND OUTRIDER_TESTS)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE outrider_${name} GTest::gmock_main)
    add_test(NAME unit_${name} COMMAND ${name}_test WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(unit_${name} PROPERTIES LABELS unit TIMEOUT 120)
    set_property(GLOBAL APPEND PROPERTY OUTRIDER_TEST_PROGRAMS ${name}_test)
  endif()
endfunction()

# A shelf is a room whose sub-folders are entries. Its list is generated, so adding one touches one folder.
# Each entry's entry.cpp defines `void outrider::<shelf>::<entry>::enter(Shelf&)`.
function(shelf name)
  file(GLOB entries CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/agent/${name}
       ${PROJECT_SOURCE_DIR}/agent/${name}/*/entry.cpp)
  set(declarations "")
  set(calls "")
  foreach(entry ${entries})
    get_filename_component(entry ${entry} DIRECTORY)
    string(APPEND declarations "namespace outrider::${name}::${entry} { void enter(Shelf& shelf); }\n")
    string(APPEND calls "  ${entry}::enter(shelf);\n")
  endforeach()
  set(filled ${PROJECT_BINARY_DIR}/generated/${name}_shelf.cpp)
  file(CONFIGURE OUTPUT ${filled} @ONLY CONTENT
    "#include \"agent/${name}/shelf.hpp\"\n${declarations}void outrider::${name}::fill(Shelf& shelf) {\n${calls}}\n")
  room(${name} ${ARGN} ALSO ${filled})
endfunction()

# A test program outside the rooms (tests/contract, tests/sim, tests/golden …).
function(house_test name label)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;USES;LINK" ${ARGN})
  list(TRANSFORM TEST_USES PREPEND outrider_)
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ${TEST_USES} ${TEST_LINK} GTest::gmock_main)
  add_test(NAME ${label}_${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 300)
  endif()
  set_tests_properties(${label}_${name} PROPERTIES LABELS ${label} TIMEOUT ${TEST_TIMEOUT})
endfunction()
