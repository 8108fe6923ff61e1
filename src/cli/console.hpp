#pragma once
#include "core/secret_keys.hpp"
#include "core/settings.hpp"
#include "db/migrations.hpp"
#include "storage/store_report.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace vitrina {

class Database;
class ObjectStore;
struct LibraryPlace;

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
    std::function<std::unique_ptr<Database>(const Settings&, SchemaCare)> open_database;
    // Where the settings say that files are. Throws when it cannot be opened.
    std::function<std::unique_ptr<ObjectStore>(const Settings&)> open_store;
    // What one file of settings says and nothing else: for another place than this one.
    std::function<Result<Settings>(const std::string& path)> read_settings_file;
    // The library that the settings name, for whoever moves or copies it. Throws when it cannot be opened.
    std::function<LibraryPlace(const Settings&, SchemaCare)> open_library;
    // Where backups are kept: a directory, or what a file of settings names. Throws as well.
    std::function<std::unique_ptr<ObjectStore>(const std::string& place)> open_backups;
    // The keys of the account tokens there; none present when there is none yet. And the file that they are kept in
    // where the settings name none.
    std::function<SecretKeys(const Settings&)> secret_keys;
    std::function<std::string(const Settings&)> secret_key_file;
    // Reads a sample with the sandboxed child: what went wrong, or "".
    std::function<std::string(const Settings&)> try_media_reader;
    // Tries out the S3 store that the settings name. Throws a sentence when they name none that could be.
    std::function<StoreReport(const Settings&)> probe_store;
    // The names of the networks it can publish to.
    std::vector<std::string> platforms;
    // Where a server with these settings answers to its own machine.
    std::function<Result<std::vector<std::string>>(const Settings&)> own_addresses;
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

// Each in a file of its own: adds its subcommand, which sets the action to run.
void add_serve(CLI::App& app, Action& action);
void add_upload(CLI::App& app, Action& action);
void add_videos(CLI::App& app, Action& action);
void add_events(CLI::App& app, Action& action);
void add_publish(CLI::App& app, Action& action);
void add_edit(CLI::App& app, Action& action);
void add_account(CLI::App& app, Action& action);
void add_webhooks(CLI::App& app, Action& action);
void add_pace(CLI::App& app, Action& action);
void add_token(CLI::App& app, Action& action);
void add_move(CLI::App& app, Action& action);
void add_rekey(CLI::App& app, Action& action);
void add_backup(CLI::App& app, Action& action);
void add_restore(CLI::App& app, Action& action);
void add_verify(CLI::App& app, Action& action);
void add_sandbox(CLI::App& app, Action& action);
void add_health(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_fsck(CLI::App& app, Action& action);
void add_config(CLI::App& app, Action& action);
void add_version(CLI::App& app, Action& action);
void add_completion(CLI::App& app, Action& action);

} // namespace vitrina
