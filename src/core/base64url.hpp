#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// Bytes as text that goes into a URL as it is: RFC 4648 section 5, without padding.
std::string to_base64url(std::string_view bytes);
// Nothing when the text is not one that to_base64url makes.
std::optional<std::string> from_base64url(std::string_view text);

} // namespace vitrina
