#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrina {

// "%41b+c" → "Ab c". A broken escape stays as it is, as browsers and most servers do.
std::string form_decode(std::string_view text);
std::string form_encode(std::string_view text);

using FormFields = std::vector<std::pair<std::string, std::string>>;

// application/x-www-form-urlencoded, and the query of a URI. Nothing when there are more than `most` fields.
std::optional<FormFields> parse_form(std::string_view text, std::size_t most = 1000);

} // namespace vitrina
