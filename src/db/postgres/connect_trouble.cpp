#include "db/postgres/connect_trouble.hpp"

#include <array>

namespace vitrina {
namespace {

struct Advice {
    std::string_view words, settings;
};

// The first that fits: the server names the database and the role in its sentences, and these may be called anything.
constexpr std::array<Advice, 15> advices{{
    {"password authentication failed", "See DB_USER and DB_PASSWORD."},
    {"no password supplied", "See DB_PASSWORD."},
    {"pg_hba.conf", "See DB_USER, VITRINA_DB_TLS, and the server's pg_hba.conf."},
    {"Peer authentication failed", "See DB_USER, and the server's pg_hba.conf."},
    {"hot standby", "See DB_HOST: it names no primary, only what follows one."},
    {"read-only", "See DB_HOST: it names no server that can be written to."},
    {"too many clients", "See VITRINA_DB_CONNECTIONS, and the server's max_connections."},
    {"remaining connection slots", "See VITRINA_DB_CONNECTIONS, and the server's max_connections."},
    {"too many connections for", "See VITRINA_DB_CONNECTIONS, and the limit of the server's role or database."},
    {"permission denied for database", "See DB_NAME and DB_USER: this user may not connect to it."},
    {"certificate verify failed", "It has expired, or nobody who is trusted has signed it. See VITRINA_DB_CA_FILE."},
    {"certificate", "See VITRINA_DB_TLS and VITRINA_DB_CA_FILE."},
    {"SSL", "See VITRINA_DB_TLS and VITRINA_DB_CA_FILE."},
    {"FATAL:  role", "See DB_USER."},
    {"FATAL:  database", "See DB_NAME."},
}};

} // namespace

std::string_view settings_to_see(std::string_view message)
{
    for (const Advice& advice : advices)
        if (message.find(advice.words) != message.npos)
            return advice.settings;
    return "See DB_HOST and DB_PORT.";
}

} // namespace vitrina
