# How everything is compiled: warnings, hardening, sanitizers, linker.

option(VITRINA_FAIL_POINTS "Compile the fail points in (never in a release)" OFF)
set(VITRINA_SANITIZER "" CACHE STRING "asan, tsan or nothing")

add_library(vitrina_compiler INTERFACE)
target_include_directories(vitrina_compiler INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(vitrina_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wno-missing-field-initializers -fstack-protector-strong)
target_compile_definitions(vitrina_compiler INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  _GLIBCXX_ASSERTIONS VITRINA_VERSION="${PROJECT_VERSION}")
target_link_options(vitrina_compiler INTERFACE -fuse-ld=mold -Wl,-z,relro,-z,now)

# The packages' headers use deprecated things of their own; their warnings are not ours to read.
set(CMAKE_INCLUDE_SYSTEM_FLAG_CXX "-isystem ")

if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
  target_compile_options(vitrina_compiler INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
elseif(VITRINA_SANITIZER STREQUAL "")
  set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
else()
  # Not optimised: building the tests took longer than running them.
  set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1 -fno-omit-frame-pointer")
endif()

if(VITRINA_SANITIZER STREQUAL "asan")
  target_compile_options(vitrina_compiler INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined)
  target_link_options(vitrina_compiler INTERFACE -fsanitize=address,undefined)
elseif(VITRINA_SANITIZER STREQUAL "tsan")
  target_compile_options(vitrina_compiler INTERFACE -fsanitize=thread)
  target_link_options(vitrina_compiler INTERFACE -fsanitize=thread)
endif()
if(VITRINA_FAIL_POINTS)
  target_compile_definitions(vitrina_compiler INTERFACE VITRINA_FAIL_POINTS)
endif()
