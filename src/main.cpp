#include "app/app.hpp"
#include "app/engines.hpp"
#include "app/settings_sources.hpp"
#include "app/try_media_reader.hpp"
#include "cli/command_line.hpp"
#include "media/child/media_child.hpp"
#include "sandbox/sandbox.hpp"

#include <string_view>

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
    // The sandboxed reader of media is this same program; it is started by the server and by nobody else.
    if (argc > 1 && std::string_view(argv[1]) == "media-child")
        return media_child_main(argc, argv);
    return run_command_line(argc, argv, {read_settings, serve, run_sandbox, open_database, try_media_reader});
}
