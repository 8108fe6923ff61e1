#include "app/settings_sources.hpp"

#include "app/dotenv.hpp"

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

// What only a build with fail points reads (core/fail_point.hpp); not settings.
bool is_of_fail_points([[maybe_unused]] std::string_view name)
{
#ifdef VITRINA_FAIL_POINTS
    return name == "VITRINA_FAIL_POINTS" || name == "VITRINA_FAIL_COUNT" || name == "VITRINA_FAIL_ABORT_AT";
#else
    return false;
#endif
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
    // Amazon's own names for what has another one here, which comes first where both are set.
    if (name == "AWS_ENDPOINT_URL_S3") {
        layer.values.emplace("VITRINA_S3_ENDPOINT", std::move(value));
        return {};
    }
    if (name == "AWS_DEFAULT_REGION") {
        layer.values.emplace("AWS_REGION", std::move(value));
        return {};
    }
    if (name.starts_with("VITRINA_") && !is_of_fail_points(name))
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

Result<SettingsLayer> dotenv_layer(const std::string& path)
{
    SettingsLayer layer{path, {}};
    std::ifstream file(path);
    auto entries = parse_dotenv(file);
    if (!entries)
        return entries.error();
    for (DotenvEntry& entry : *entries) {
        auto done = put(layer, entry.name, std::move(entry.value));
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

Result<SettingsLayer> toml_layer(const std::string& path)
{
    SettingsLayer layer{path, {}};
    std::error_code failed;
    const bool there = std::filesystem::exists(path, failed);
    if (failed)
        return refused(path + " cannot be read: " + failed.message() +
                       ". For a file in the working directory, start it from another directory.");
    if (!there)
        return layer;
    try {
        const toml::table table = toml::parse_file(path);
        for (const auto& [key, node] : table) {
            const auto setting = std::ranges::find(all_settings(), key.str(), toml_name);
            if (setting == all_settings().end()) {
                std::string name = "VITRINA_" + std::string(key.str());
                std::ranges::transform(name, name.begin(), [](unsigned char c) { return char(std::toupper(c)); });
                return refused("There is no setting " + std::string(key.str()) + " (from " + path + ")." +
                               suggestion(name));
            }
            layer.values[std::string(setting->name)] = toml_text(node);
        }
    } catch (const toml::parse_error& error) {
        return refused(path + ", line " + std::to_string(error.source().begin.line) + ": " +
                       std::string(error.description()) + ".");
    }
    return layer;
}

} // namespace

Result<Settings> read_settings(SettingsLayer flags)
{
    std::vector<SettingsLayer> layers{std::move(flags)};
    for (Result<SettingsLayer> layer : {environment_layer(), dotenv_layer(".env"), toml_layer("vitrina.toml")}) {
        if (!layer)
            return layer.error();
        layers.push_back(std::move(*layer));
    }
    return Settings::resolve(layers);
}

Result<Settings> read_settings_file(const std::string& path)
{
    if (std::error_code failed; !std::filesystem::is_regular_file(path, failed))
        return refused("There is no file of settings " + path + ".");
    Result<SettingsLayer> layer = path.ends_with(".toml") ? toml_layer(path) : dotenv_layer(path);
    if (!layer)
        return layer.error();
    return Settings::resolve(std::span(&*layer, 1));
}

} // namespace vitrina
