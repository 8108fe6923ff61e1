# Everything we build on, all of it from Debian 12.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(rapidcheck REQUIRED)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET openssl)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
# It has neither a module nor a .pc file.
find_library(CCTZ_LIBRARY cctz REQUIRED)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(SPDLOG REQUIRED IMPORTED_TARGET spdlog)
pkg_check_modules(LIBAV REQUIRED IMPORTED_TARGET libavformat libavcodec libswscale libavutil)
# FFmpeg is loaded at run time, by the media child alone (src/media/child/libav.hpp says why): headers, no libraries.
add_library(vitrina_libav_headers INTERFACE)
target_include_directories(vitrina_libav_headers SYSTEM INTERFACE ${LIBAV_INCLUDE_DIRS})
