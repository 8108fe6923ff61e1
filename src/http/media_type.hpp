#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrina {

// "Text/HTML; charset=\"utf-8\"" → type "text/html", parameters {{"charset", "utf-8"}}.
struct MediaType {
    std::string type; // lower case, with the slash
    std::vector<std::pair<std::string, std::string>> parameters; // names in lower case

    static std::optional<MediaType> parse(std::string_view text);
    std::optional<std::string_view> parameter(std::string_view name) const;
};

// ";name=value; other=\"a \\\"b\\\"\"" → the pairs, quotes undone, names in lower case. Nothing when malformed.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_parameters(std::string_view text);

} // namespace vitrina
