# One test run holds two builds (./dev test): asan tests every room, tsan again those where threads meet.
set(VITRINA_CONCURRENT_ROOMS core http db storage jobs publishing)

function(vitrina_unit_test name)
  set(test unit.${name})
  set(limit 300)
  if(VITRINA_SANITIZER STREQUAL "tsan")
    if(NOT name IN_LIST VITRINA_CONCURRENT_ROOMS)
      return()
    endif()
    set(test tsan.${test})
    set(limit 600)
    add_dependencies(concurrent_parts ${name}_tests)
  endif()
  add_test(NAME ${test} COMMAND ${name}_tests)
  set_tests_properties(${test} PROPERTIES LABELS unit TIMEOUT ${limit})
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
