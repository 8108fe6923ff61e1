#pragma once
#include "core/settings.hpp"

#include <string>

namespace vitrina {

// Flags > environment > .env > vitrina.toml > default. The two files are read from the working directory when they
// are there. NAME_FILE names a file that holds a secret. An unknown VITRINA_… name or toml key is refused with a
// suggestion; unknown names without our prefix are other programs' business.
Result<Settings> read_settings(SettingsLayer flags);

// What one file says and nothing else, as toml where it is called so, else as a .env file: for the settings of another
// place than this one.
Result<Settings> read_settings_file(const std::string& path);

} // namespace vitrina
