#pragma once
#include "core/settings.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace vitrina {

class Database;

// What a script can tell from the exit code.
enum class Exit {
    done = 0,
    failed = 1,      // tried, and it did not work
    usage = 2,       // wrong arguments or settings
    unreachable = 3, // no server answered
    refused = 4,     // the server said no: missing, conflict, not allowed
};

// Where the stand-in networks listen and keep what was posted.
struct SandboxArguments {
    std::string listen = "127.0.0.1:5443";
    std::string page = "127.0.0.1:5080";
    std::string data = "./data/sandbox";
};

// What the rest of the program lends the command line, which knows nothing of how the server is put together.
struct Surroundings {
    std::function<Result<Settings>(SettingsLayer flags)> read_settings;
    std::function<int(const Settings&)> serve;
    std::function<int(const SandboxArguments&)> sandbox;
    // The engine that the settings name, migrated. Throws when it cannot be opened.
    std::function<std::unique_ptr<Database>(const Settings&)> open_database;
    // Reads a sample with the sandboxed child: what went wrong, or "".
    std::function<std::string(const Settings&)> try_media_reader;
};

// One run of a command.
struct Console {
    const Settings& settings;
    const Surroundings& around;
    bool json = false; // answers as JSON on standard output, for scripts
};

using Action = std::function<Exit(const Console&)>;

// The text in the language of the terminal: Spanish where LC_ALL, LC_MESSAGES or LANG says es, else English.
const char* say(const char* english, const char* spanish);

// To standard output, with a newline.
void print(std::string_view line);
// To standard error, with a newline.
void complain(std::string_view line);
bool output_is_terminal();

// Each in a file of its own: adds its subcommand, which sets the action to run.
void add_serve(CLI::App& app, Action& action);
void add_upload(CLI::App& app, Action& action);
void add_videos(CLI::App& app, Action& action);
void add_publish(CLI::App& app, Action& action);
void add_account(CLI::App& app, Action& action);
void add_token(CLI::App& app, Action& action);
void add_sandbox(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_config(CLI::App& app, Action& action);
void add_version(CLI::App& app, Action& action);
void add_completion(CLI::App& app, Action& action);

} // namespace vitrina
