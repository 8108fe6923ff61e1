#include "app/settings_sources.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <toml++/toml.h>
#include <unistd.h>

namespace vitrina {
namespace {

Fault refused(std::string message)
{
    return {FaultKind::invalid, "VT-CFG-002", std::move(message), {}, {}, {}};
}

const Setting* setting_named(std::string_view name)
{
    const auto found = std::ranges::find(all_settings(), name, &Setting::name);
    return found == all_settings().end() ? nullptr : &*found;
}

std::string suggestion(std::string_view unknown)
{
    const auto near = nearest_setting(unknown);
    return near.empty() ? " \"vitrina config\" lists them all." : " Did you mean " + std::string(near) + "?";
}

std::string without_trailing_newline(std::string text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    return text;
}

// NAME_FILE=/run/secrets/x: the secret is what the file holds.
Result<void> put_secret_file(SettingsLayer& layer, const Setting& setting, const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::stringstream content;
    content << file.rdbuf();
    if (!file)
        return refused("The file named by " + std::string(setting.name) + "_FILE (" + path + ") cannot be read.");
    layer.values[std::string(setting.name)] = without_trailing_newline(content.str());
    return {};
}

// Names that the test suites and the fail points use; not settings.
bool is_for_tests(std::string_view name)
{
    return name.starts_with("VITRINA_FAIL_") || name.starts_with("VITRINA_TEST");
}

// One NAME=value of the environment or of a .env file.
Result<void> put(SettingsLayer& layer, std::string_view name, std::string value)
{
    if (setting_named(name)) {
        layer.values.insert_or_assign(std::string(name), std::move(value));
        return {};
    }
    if (name.ends_with("_FILE")) {
        const Setting* setting = setting_named(name.substr(0, name.size() - 5));
        if (setting && setting->kind == Setting::secret)
            return put_secret_file(layer, *setting, value);
    }
    if (name == "AWS_ENDPOINT_URL_S3" || name == "AWS_ENDPOINT_URL") {
        layer.values.emplace("VITRINA_S3_ENDPOINT", std::move(value));
        return {};
    }
    if (name.starts_with("VITRINA_") && !is_for_tests(name))
        return refused("There is no setting " + std::string(name) + " (from " + layer.source + ")." + suggestion(name));
    return {};
}

Result<SettingsLayer> environment_layer()
{
    SettingsLayer layer{"environment", {}};
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view line = *entry;
        const auto equals = line.find('=');
        if (equals == std::string_view::npos)
            continue;
        auto done = put(layer, line.substr(0, equals), std::string(line.substr(equals + 1)));
        if (!done)
            return done.error();
    }
    return layer;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
        text.remove_prefix(1);
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
        text.remove_suffix(1);
    return text;
}

std::string_view unquoted(std::string_view text)
{
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front())
        return text.substr(1, text.size() - 2);
    const auto comment = text.find(" #");
    return comment == std::string_view::npos ? text : trimmed(text.substr(0, comment));
}

Result<SettingsLayer> dotenv_layer()
{
    SettingsLayer layer{".env", {}};
    std::ifstream file(".env");
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        std::string_view text = trimmed(line);
        if (text.starts_with("export "))
            text = trimmed(text.substr(7));
        if (text.empty() || text.front() == '#')
            continue;
        const auto equals = text.find('=');
        if (equals == std::string_view::npos)
            return refused(".env, line " + std::to_string(number) + ": expected NAME=value.");
        auto done = put(layer, trimmed(text.substr(0, equals)), std::string(unquoted(trimmed(text.substr(equals + 1)))));
        if (!done)
            return done.error();
    }
    return layer;
}

// A number or a yes/no may stand in the file without quotes.
std::string toml_text(const toml::node& node)
{
    if (const auto text = node.value<std::string>())
        return *text;
    std::ostringstream out;
    node.visit([&](const auto& value) { out << value; });
    return out.str();
}

Result<SettingsLayer> toml_layer()
{
    SettingsLayer layer{"vitrina.toml", {}};
    if (!std::filesystem::exists("vitrina.toml"))
        return layer;
    try {
        const toml::table table = toml::parse_file("vitrina.toml");
        for (const auto& [key, node] : table) {
            const auto setting = std::ranges::find(all_settings(), key.str(), toml_name);
            if (setting == all_settings().end()) {
                std::string name = "VITRINA_" + std::string(key.str());
                std::ranges::transform(name, name.begin(), [](unsigned char c) { return char(std::toupper(c)); });
                return refused("There is no setting " + std::string(key.str()) + " (from vitrina.toml)." + suggestion(name));
            }
            layer.values[std::string(setting->name)] = toml_text(node);
        }
    } catch (const toml::parse_error& error) {
        return refused("vitrina.toml, line " + std::to_string(error.source().begin.line) + ": " +
                       std::string(error.description()) + ".");
    }
    return layer;
}

} // namespace

Result<Settings> read_settings(SettingsLayer flags)
{
    std::vector<SettingsLayer> layers{std::move(flags)};
    for (auto* read : {environment_layer, dotenv_layer, toml_layer}) {
        auto layer = read();
        if (!layer)
            return layer.error();
        layers.push_back(std::move(*layer));
    }
    return Settings::resolve(layers);
}

} // namespace vitrina
