#include "cli/console.hpp"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>

namespace vitrina {
namespace {

std::string shown(const Settings::Chosen& chosen)
{
    if (chosen.setting->kind == Setting::secret)
        return chosen.value.empty() ? "" : say("(hidden)", "(oculto)");
    return chosen.value;
}

void print_json(const Settings& settings)
{
    boost::json::array list;
    for (const auto& chosen : settings.all())
        list.push_back({{"name", chosen.setting->name},
                        {"value", shown(chosen)},
                        {"source", chosen.source},
                        {"meaning", chosen.setting->meaning}});
    print(boost::json::serialize(list));
}

void print_table(const Settings& settings)
{
    for (const auto& chosen : settings.all()) {
        std::string line(chosen.setting->name);
        line.resize(std::max<std::size_t>(line.size() + 1, 30), ' ');
        line += shown(chosen).empty() ? "-" : shown(chosen);
        line.resize(std::max<std::size_t>(line.size() + 2, 58), ' ');
        line += chosen.source;
        line.resize(std::max<std::size_t>(line.size() + 2, 74), ' ');
        print(line += chosen.setting->meaning);
    }
}

// config/vitrina.example.toml is this.
void print_example()
{
    print("# Every setting with its default. The same names work as flags (--max-upload) and in the environment or a "
          ".env\n"
          "# file (VITRINA_MAX_UPLOAD). Secrets are better kept in a file that NAME_FILE names.");
    for (const Setting& setting : all_settings()) {
        const bool bare = setting.kind == Setting::number;
        print("\n# " + std::string(setting.meaning) + "\n# " + toml_name(setting) + " = " + (bare ? "" : "\"") +
              std::string(setting.fallback) + (bare ? "" : "\""));
    }
}

} // namespace

void add_config(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("config", say("Show every setting, its value and where it came from",
                                                     "Mostrar cada ajuste, su valor y de dónde viene"));
    auto example = std::make_shared<bool>(false);
    command->add_flag("--example", *example,
                      say("Print a commented vitrina.toml instead", "Mostrar un vitrina.toml comentado"));
    command->callback([&action, example] {
        action = [example](const Console& console) {
            if (*example)
                print_example();
            else if (console.json)
                print_json(console.settings);
            else
                print_table(console.settings);
            return Exit::done;
        };
    });
}

} // namespace vitrina
