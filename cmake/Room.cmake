# One test run holds two builds (./dev test): asan tests every room, tsan again those where threads meet.
set(VITRINA_CONCURRENT_ROOMS core http db storage jobs events library access api publishing)
# Their tests run on SQLite and again on PostgreSQL.
set(VITRINA_DATABASE_ROOMS jobs events library access api publishing moving)

function(vitrina_unit_test name)
  set(test unit.${name})
  set(limit 900)
  if(VITRINA_SANITIZER STREQUAL "tsan")
    if(NOT name IN_LIST VITRINA_CONCURRENT_ROOMS)
      return()
    endif()
    set(test tsan.${test})
    add_dependencies(concurrent_parts ${name}_tests)
  endif()
  # Debian's name for it is not the one that a sanitizer looks for, and a report without lines helps nobody.
  set(symbolizer /usr/bin/llvm-symbolizer-19)
  set(environment "ASAN_SYMBOLIZER_PATH=${symbolizer};TSAN_SYMBOLIZER_PATH=${symbolizer}")
  add_test(NAME ${test} COMMAND ${name}_tests)
  set_tests_properties(${test} PROPERTIES LABELS unit TIMEOUT ${limit} PROCESSORS 2 ENVIRONMENT "${environment}")
  if(name STREQUAL "db") # it tests both engines
    vitrina_needs_postgres(${test} "${environment}")
  elseif(name IN_LIST VITRINA_DATABASE_ROOMS AND NOT VITRINA_SANITIZER STREQUAL "tsan")
    add_test(NAME ${test}.postgres COMMAND ${name}_tests)
    set_tests_properties(${test}.postgres PROPERTIES LABELS unit TIMEOUT ${limit} PROCESSORS 2)
    vitrina_needs_postgres(${test}.postgres "${environment};VITRINA_TEST_ENGINE=postgres")
  elseif(name STREQUAL "storage" AND NOT VITRINA_SANITIZER STREQUAL "tsan")
    add_test(NAME ${test}.s3 COMMAND ${name}_tests "--test-case=s3 store on a real engine*")
    set_tests_properties(${test}.s3 PROPERTIES LABELS unit TIMEOUT ${limit} PROCESSORS 2)
    vitrina_needs_s3(${test}.s3 "${environment}")
  endif()
endfunction()

# vitrina_needs_postgres(TEST ENVIRONMENT), vitrina_needs_s3(TEST ENVIRONMENT): the test finds an engine of this run
# (tests/engines); the label postgres chooses those of ./dev test --postgres. The place is short, whatever the checkout's: the path of a socket has at most 107 characters.
string(SHA1 VITRINA_TEST_PLACE ${CMAKE_BINARY_DIR})
string(SUBSTRING ${VITRINA_TEST_PLACE} 0 8 VITRINA_TEST_PLACE)
set(VITRINA_TEST_POSTGRES /tmp/vitrina-test-${VITRINA_TEST_PLACE})
set(VITRINA_TEST_S3 ${VITRINA_TEST_POSTGRES}-s3)
function(vitrina_needs_postgres test environment)
  set_property(TEST ${test} APPEND PROPERTY FIXTURES_REQUIRED postgres-${VITRINA_TEST_PLACE})
  set_property(TEST ${test} APPEND PROPERTY LABELS postgres)
  set_property(TEST ${test} APPEND PROPERTY ENVIRONMENT "${environment};VITRINA_TEST_POSTGRES=${VITRINA_TEST_POSTGRES}")
endfunction()
function(vitrina_needs_s3 test environment)
  set_property(TEST ${test} APPEND PROPERTY FIXTURES_REQUIRED s3-${VITRINA_TEST_PLACE})
  set_property(TEST ${test} APPEND PROPERTY ENVIRONMENT "${environment};VITRINA_TEST_S3=${VITRINA_TEST_S3}")
endfunction()

# The headers that nearly every file reads, compiled once (vitrina_core) and used by all: a third of the time of a
# build. Code does not rely on it: each file includes what it uses.
set(VITRINA_COMMON_HEADERS <chrono> <functional> <memory> <optional> <span> <string> <string_view> <variant> <vector>
  ${PROJECT_SOURCE_DIR}/src/core/task.hpp)

function(vitrina_use_common_headers target)
  # The time of the header's compilation stays out of it, so that ccache knows it again.
  target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  if(target STREQUAL "vitrina_core")
    target_precompile_headers(${target} PRIVATE ${VITRINA_COMMON_HEADERS})
  else()
    target_precompile_headers(${target} REUSE_FROM vitrina_core)
  endif()
endfunction()

# vitrina_room(NAME [packages and rooms it may know…]): every .cpp below src/NAME becomes the library
# vitrina_NAME; the _test.cpp files beside them become the test program NAME_tests.
function(vitrina_room name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(vitrina_${name} STATIC ${sources})
    target_link_libraries(vitrina_${name} PUBLIC vitrina_compiler ${ARGN})
    vitrina_use_common_headers(vitrina_${name})
  else()
    add_library(vitrina_${name} INTERFACE)
    target_link_libraries(vitrina_${name} INTERFACE vitrina_compiler ${ARGN})
  endif()
  if(tests)
    add_executable(${name}_tests ${tests} ${PROJECT_SOURCE_DIR}/tests/unit/main.cpp)
    target_link_libraries(${name}_tests PRIVATE vitrina_${name} vitrina_testing rapidcheck)
    vitrina_use_common_headers(${name}_tests)
    vitrina_unit_test(${name})
  endif()
endfunction()
