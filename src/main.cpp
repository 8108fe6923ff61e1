#include "app/app.hpp"
#include "app/engines.hpp"
#include "app/own_addresses.hpp"
#include "app/platforms.hpp"
#include "app/publishing_parts.hpp"
#include "app/settings_sources.hpp"
#include "app/try_media_reader.hpp"
#include "cli/command_line.hpp"
#include "media/child/media_child.hpp"
#include "sandbox/sandbox.hpp"

#include <string_view>
#include <sys/stat.h>

namespace {

int run_sandbox(const vitrina::SandboxArguments& arguments)
{
    vitrina::sandbox::SandboxOptions options;
    options.listen = arguments.listen;
    options.page = arguments.page;
    options.data = arguments.data;
    return vitrina::sandbox::run_sandbox(std::move(options));
}

} // namespace

int main(int argc, char** argv)
{
    using namespace vitrina;
    ::umask(077); // what we keep (videos, keys, the database) is nobody else's to read
    // The sandboxed reader of media is this same program; it is started by the server and by nobody else.
    if (argc > 1 && std::string_view(argv[1]) == "media-child")
        return media_child_main(argc, argv);
    return run_command_line(argc, argv,
                            {.read_settings = read_settings,
                             .serve = serve,
                             .sandbox = run_sandbox,
                             .open_database = open_database,
                             .open_store = open_store,
                             .read_settings_file = read_settings_file,
                             .open_library = open_library,
                             .open_backups = open_backups,
                             .secret_keys = present_secret_keys,
                             .secret_key_file = [](const Settings& s) { return secret_key_file(s).string(); },
                             .try_media_reader = try_media_reader,
                             .probe_store = probe_store,
                             .platforms = platform_names(),
                             .own_addresses = own_addresses});
}
