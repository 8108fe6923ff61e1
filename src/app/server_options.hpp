#pragma once
#include "core/result.hpp"
#include "core/settings.hpp"
#include "http/server.hpp"

namespace vitrina {

// How the server named by this setting (VITRINA_LISTEN, VITRINA_PUBLISH_LISTEN) listens, and what it allows.
Result<ServerOptions> server_options(const Settings& settings, std::string_view listen_setting);

} // namespace vitrina
