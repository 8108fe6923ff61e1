# The Debian package: cpack in the release build, or ./dev package.
include(GNUInstallDirs)
set(deploy ${PROJECT_SOURCE_DIR}/deploy)

install(TARGETS vitrina RUNTIME DESTINATION bin)
install(FILES ${deploy}/systemd/vitrina.service ${deploy}/systemd/vitrina-video.service
  ${deploy}/systemd/vitrina-publish.service ${deploy}/systemd/vitrina-work.service
  DESTINATION lib/systemd/system)
install(FILES ${deploy}/debian/vitrina.env DESTINATION /etc/vitrina)
install(FILES ${PROJECT_SOURCE_DIR}/config/vitrina.example.toml DESTINATION /etc/vitrina RENAME vitrina.toml)
install(DIRECTORY ${deploy}/nginx/ DESTINATION share/doc/vitrina/examples/nginx)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/README.es.md ${deploy}/debian/copyright
  DESTINATION share/doc/vitrina)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION share/doc/vitrina/docs)

# What is made of the program and of texts, when it is packed.
set(made ${CMAKE_CURRENT_BINARY_DIR}/package)
file(MAKE_DIRECTORY ${made})
install(CODE "
  foreach(shell bash zsh fish)
    execute_process(COMMAND env -i $<TARGET_FILE:vitrina> completion \${shell} OUTPUT_FILE ${made}/vitrina.\${shell}
      COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  execute_process(COMMAND gzip -9n -c ${deploy}/man/vitrina.1 OUTPUT_FILE ${made}/vitrina.1.gz COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND gzip -9n -c ${PROJECT_SOURCE_DIR}/CHANGELOG.md OUTPUT_FILE ${made}/changelog.gz
    COMMAND_ERROR_IS_FATAL ANY)
")
install(FILES ${made}/vitrina.1.gz DESTINATION share/man/man1)
install(FILES ${made}/changelog.gz DESTINATION share/doc/vitrina)
install(FILES ${made}/vitrina.bash DESTINATION share/bash-completion/completions RENAME vitrina)
install(FILES ${made}/vitrina.zsh DESTINATION share/zsh/vendor-completions RENAME _vitrina)
install(FILES ${made}/vitrina.fish DESTINATION share/fish/vendor_completions.d)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME vitrina)
set(CPACK_PACKAGE_CONTACT "The Vitrina contributors <maintainers@vitrina.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "self-hosted video backend: upload once, watch anywhere, publish everywhere")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Takes uploads from apps and browsers, stores, lists, searches and streams them,
and publishes them to video networks. Alone on a machine it needs nothing
but itself; as several services it works on PostgreSQL and an S3 store.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION video)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The media reader opens these itself (src/media/child/libav.cpp), so nobody else can see that they are needed.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, init-system-helpers, ca-certificates, tzdata")
foreach(library avcodec avformat avutil swscale)
  pkg_get_variable(directory lib${library} libdir)
  file(GLOB shared ${directory}/lib${library}.so.[0-9]*)
  list(SORT shared COMPARE NATURAL)
  list(GET shared 0 shared)
  string(REGEX REPLACE ".*\\.so\\.([0-9]+).*" "\\1" abi ${shared})
  string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS ", lib${library}${abi}")
endforeach()
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "nginx-light | nginx")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${deploy}/debian/postinst ${deploy}/debian/prerm ${deploy}/debian/postrm
  ${deploy}/debian/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR})
include(CPack)
