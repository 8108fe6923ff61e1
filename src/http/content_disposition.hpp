#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// "attachment; filename=\"Gatos.mp4\"; filename*=UTF-8''Gatos%20%E2%98%95.mp4" (RFC 6266): a plain ASCII name for old
// clients and the true one. Control characters and path separators are replaced.
std::string attachment(std::string_view filename);
std::string inline_disposition(std::string_view filename);

// A form part's "form-data; name=…; filename=…", with the escapes browsers really send.
struct FormDisposition {
    std::string name;
    std::optional<std::string> filename;

    // Nothing when it is not form-data or has no name.
    static std::optional<FormDisposition> parse(std::string_view text);
};

// RFC 5987: "UTF-8''Gatos%20%E2%98%95.mp4"; ISO-8859-1 is understood as well.
std::optional<std::string> decode_extended_value(std::string_view text);

} // namespace vitrina
