#pragma once
#include <string_view>

// Files that are part of the program; made from them by cmake/Embed.cmake when it is built.
namespace vitrina::embedded {

extern const std::string_view page_html;    // api/page/page.html
extern const std::string_view openapi_yaml; // api/openapi.yaml at the root of the project

} // namespace vitrina::embedded
