# vitrina_embed(TARGET NAME FILE): the text of FILE becomes vitrina::embedded::NAME, a std::string_view in TARGET.
# Run as a script (cmake -P) it does the conversion, so that a changed file is converted by the next build.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ "${FILE}" text)
  file(WRITE "${OUTPUT}" "#include <string_view>
#pragma GCC diagnostic ignored \"-Woverlength-strings\"
namespace vitrina::embedded {
extern const std::string_view ${NAME};
const std::string_view ${NAME} = R\"vitrina~(${text})vitrina~\";
}
")
  return()
endif()

function(vitrina_embed target name file)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${name}.cpp)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DFILE=${file} -DOUTPUT=${output} -P ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake
    DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
