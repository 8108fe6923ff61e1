#pragma once
#include "core/settings.hpp"

namespace vitrina {

// Flags > environment > .env > vitrina.toml > default. The two files are read from the working directory when they
// are there. NAME_FILE names a file that holds a secret. An unknown VITRINA_… name or toml key is refused with a
// suggestion; unknown names without our prefix are other programs' business.
Result<Settings> read_settings(SettingsLayer flags);

} // namespace vitrina
