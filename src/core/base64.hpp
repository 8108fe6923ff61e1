#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// Bytes as text with padding: RFC 4648 section 4. For addresses: core/base64url.hpp.
std::string to_base64(std::string_view bytes);
// Nothing when the text is not one that to_base64 makes.
std::optional<std::string> from_base64(std::string_view text);

} // namespace vitrina
