#pragma once
#include "core/result.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// One thing an operator can set. The same name works as a flag (--max-upload), in the environment and .env
// (VITRINA_MAX_UPLOAD) and in vitrina.toml (max_upload).
struct Setting {
    enum Kind { text, number, bytes, seconds, yes_no, one_of, path, secret };
    std::string_view name;     // of the environment variable
    Kind kind;
    std::string_view fallback; // the default, as an operator would write it
    std::string_view meaning;  // one sentence, with its unit
    std::string_view words = "";    // of one_of: "json, text or auto"
};

// Every setting there is, in the order people read them.
std::span<const Setting> all_settings();

// "max-upload" for VITRINA_MAX_UPLOAD, "aws-region" for AWS_REGION.
std::string flag_name(const Setting& setting);
// "max_upload" for VITRINA_MAX_UPLOAD.
std::string toml_name(const Setting& setting);

// Values from one place, by the setting's name ("VITRINA_MAX_UPLOAD") or, for a secret, NAME_FILE already read.
struct SettingsLayer {
    std::string source; // "flag", "environment", ".env", "vitrina.toml"
    std::map<std::string, std::string, std::less<>> values;
};

// What holds, and where each value came from.
class Settings {
public:
    struct Chosen {
        const Setting* setting;
        std::string value;
        std::string source; // "default" when nobody said anything
    };

    // The first layer that names a setting wins. A value its kind cannot have is refused with the name, the source
    // and what would be right.
    static Result<Settings> resolve(std::span<const SettingsLayer> layers);

    std::string_view text(std::string_view name) const;
    std::int64_t number(std::string_view name) const;  // number, bytes ("2 GiB"; 0 when empty), seconds ("10s", "2m")
    bool yes(std::string_view name) const;
    std::span<const Chosen> all() const { return chosen_; }
    // The same for two processes that were set up alike: a digest of every value that is no secret, 16 hex digits.
    std::string fingerprint() const;

private:
    const Chosen& chosen(std::string_view name) const;
    std::vector<Chosen> chosen_;
};

// The known name nearest to an unknown one; "" when none is near.
std::string_view nearest_setting(std::string_view unknown);

} // namespace vitrina
