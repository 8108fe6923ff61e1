#include "core/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <optional>
#include <stdexcept>

namespace vitrina {
namespace {

constexpr std::array settings{
    Setting{"VITRINA_DATA", Setting::path, "./data", "Directory of the embedded default: database, videos, keys."},
    Setting{"VITRINA_ROLES", Setting::text, "video,publish,work", "What this process does: any of video, publish, work."},
    Setting{"VITRINA_LISTEN", Setting::text, "127.0.0.1:5000", "Address and port of the video service."},
    Setting{"VITRINA_PUBLISH_LISTEN", Setting::text, "127.0.0.1:5001", "Address and port of the publish service."},
    Setting{"VITRINA_PUBLIC_URL", Setting::text, "", "Base of the absolute URLs in answers; empty: what the client used."},
    Setting{"VITRINA_OPEN", Setting::yes_no, "no", "yes: no token is asked for even on a public address."},
    Setting{"VITRINA_CORS_ORIGINS", Setting::text, "*", "Origins that browsers may call from, comma separated; * for any."},
    Setting{"VITRINA_TRUSTED_PROXIES", Setting::text, "127.0.0.0/8,::1/128",
            "Networks whose X-Forwarded-* headers are believed, comma separated."},
    Setting{"VITRINA_TLS_CERT", Setting::path, "", "PEM certificate chain; with VITRINA_TLS_KEY the server speaks https."},
    Setting{"VITRINA_TLS_KEY", Setting::path, "", "PEM private key of VITRINA_TLS_CERT."},
    Setting{"VITRINA_THREADS", Setting::number, "0", "Event loops; 0: one per core."},
    Setting{"VITRINA_MAX_UPLOAD", Setting::bytes, "", "Largest upload (such as 20 GiB); empty: no limit."},
    Setting{"VITRINA_UPLOAD_WAIT", Setting::seconds, "10s", "How long an upload's answer waits for the video's facts."},
    Setting{"VITRINA_UPLOAD_LEASE", Setting::seconds, "5m",
            "After this long without a sign of life an interrupted upload's remains are removed."},
    Setting{"VITRINA_HEADER_TIMEOUT", Setting::seconds, "15s", "Time a client has to send a whole request header."},
    Setting{"VITRINA_IDLE_TIMEOUT", Setting::seconds, "75s", "How long an idle connection is kept."},
    Setting{"VITRINA_BODY_TIMEOUT", Setting::seconds, "30s", "How long a body may stand still in either direction."},
    Setting{"VITRINA_MIN_RATE", Setting::bytes, "1 KiB", "Slowest upload, bytes per second over half a minute."},
    Setting{"VITRINA_MAX_CONNECTIONS", Setting::number, "20000", "Connections held at once."},
    Setting{"VITRINA_RATE_LIMIT", Setting::number, "0", "Requests per minute for each caller or address; 0: no limit."},
    Setting{"VITRINA_DRAIN", Setting::seconds, "25s", "Time a stopping server gives to requests in flight."},
    Setting{"VITRINA_MEDIA_CHILDREN", Setting::number, "2", "Media files read at once, each in a sandboxed child."},
    Setting{"VITRINA_MEDIA_TIMEOUT", Setting::seconds, "60s", "Time one media file may take to read."},
    Setting{"VITRINA_JOBS", Setting::number, "4", "Background jobs of one kind worked at once."},
    Setting{"VITRINA_JOB_LEASE", Setting::seconds, "60s", "After this long without a sign of life a job is given to another worker."},
    Setting{"VITRINA_CHUNK", Setting::bytes, "16 MiB", "Bytes sent to a network in one request; a multiple of 256 KiB."},
    Setting{"VITRINA_PRIVATE_HOSTS", Setting::text, "",
            "Names of networks that may be reached at private addresses (a PeerTube in the same LAN), comma separated."},
    Setting{"VITRINA_CONNECT_TO", Setting::text, "",
            "host:port:address:port, comma separated: connect there instead, as curl's connect-to does."},
    Setting{"VITRINA_CA_FILE", Setting::path, "", "PEM certificates trusted for outgoing connections beside the system's."},
    Setting{"VITRINA_SANDBOX_PAGE", Setting::text, "", "Control address of a running vitrina sandbox, such as http://127.0.0.1:5080."},
    Setting{"VITRINA_SECRET_KEY", Setting::secret, "",
            "Key that seals account tokens, at least 16 characters; empty: made once and kept in the data directory."},
    Setting{"VITRINA_SERVER", Setting::text, "http://127.0.0.1:5000", "Server that the command line talks to."},
    Setting{"VITRINA_TOKEN", Setting::secret, "", "Token that the command line sends to the server."},
    Setting{"VITRINA_LOG", Setting::text, "info", "Least important messages logged: debug, info, warn, error."},
    Setting{"VITRINA_LOG_FORMAT", Setting::text, "auto", "json, text, or auto: text on a terminal, JSON lines elsewhere."},
    Setting{"VITRINA_S3_ENDPOINT", Setting::text, "", "Endpoint of the S3 store."},
    Setting{"VITRINA_S3_PATH_STYLE", Setting::yes_no, "no", "yes: the bucket's name stands in the path."},
    Setting{"S3_BUCKET_NAME", Setting::text, "", "Bucket of the S3 store; empty: files under the data directory."},
    Setting{"AWS_REGION", Setting::text, "us-east-1", "Region of the bucket."},
    Setting{"AWS_ACCESS_KEY_ID", Setting::text, "", "Access key of the S3 store."},
    Setting{"AWS_SECRET_ACCESS_KEY", Setting::secret, "", "Secret key of the S3 store."},
    Setting{"DB_HOST", Setting::text, "", "PostgreSQL server; empty: SQLite under the data directory."},
    Setting{"DB_PORT", Setting::number, "5432", "Port of the PostgreSQL server."},
    Setting{"DB_NAME", Setting::text, "", "Name of the PostgreSQL database."},
    Setting{"DB_USER", Setting::text, "", "User of the PostgreSQL database."},
    Setting{"DB_PASSWORD", Setting::secret, "", "Password of the PostgreSQL user."},
};

std::string lower(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return char(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return out;
}

std::string_view own_part(const Setting& setting)
{
    std::string_view name = setting.name;
    if (name.starts_with("VITRINA_"))
        name.remove_prefix(8);
    return name;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

struct Unit {
    std::string_view name;
    std::int64_t factor;
};
constexpr std::array byte_units{Unit{"", 1}, Unit{"b", 1}, Unit{"k", 1LL << 10}, Unit{"kib", 1LL << 10}, Unit{"kb", 1000},
                                Unit{"m", 1LL << 20}, Unit{"mib", 1LL << 20}, Unit{"mb", 1'000'000},
                                Unit{"g", 1LL << 30}, Unit{"gib", 1LL << 30}, Unit{"gb", 1'000'000'000},
                                Unit{"t", 1LL << 40}, Unit{"tib", 1LL << 40}, Unit{"tb", 1'000'000'000'000}};
constexpr std::array second_units{Unit{"", 1}, Unit{"s", 1}, Unit{"m", 60}, Unit{"h", 3600}, Unit{"d", 86400}};

// A whole number with one of the units behind it.
std::optional<std::int64_t> measure(std::string_view text, std::span<const Unit> units)
{
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0)
        return std::nullopt;
    const std::string unit = lower(trimmed(text.substr(std::size_t(end - text.data()))));
    for (const Unit& known : units)
        if (unit == known.name && count <= INT64_MAX / known.factor)
            return count * known.factor;
    return std::nullopt;
}

std::optional<std::int64_t> as_number(const Setting& setting, std::string_view value)
{
    if (value.empty())
        return 0;
    if (setting.kind == Setting::bytes)
        return measure(value, byte_units);
    if (setting.kind == Setting::seconds)
        return measure(value, second_units);
    return measure(value, std::span(byte_units).first(1));
}

std::optional<bool> as_yes_no(std::string_view value)
{
    const std::string word = lower(value);
    if (word == "yes" || word == "true" || word == "1" || word == "on")
        return true;
    if (word == "no" || word == "false" || word == "0" || word == "off" || word.empty())
        return false;
    return std::nullopt;
}

// What a right value looks like, or "" when this one is right.
std::string_view expected(const Setting& setting, std::string_view value)
{
    switch (setting.kind) {
    case Setting::number: return as_number(setting, value) ? "" : "a whole number";
    case Setting::bytes: return as_number(setting, value) ? "" : "a size such as 500 MiB";
    case Setting::seconds: return as_number(setting, value) ? "" : "a time such as 30s or 5m";
    case Setting::yes_no: return as_yes_no(value) ? "" : "yes or no";
    case Setting::text:
    case Setting::path:
    case Setting::secret: return "";
    }
    return "";
}

std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[b.size()];
}

} // namespace

std::span<const Setting> all_settings()
{
    return settings;
}

std::string flag_name(const Setting& setting)
{
    std::string name = lower(own_part(setting));
    std::ranges::replace(name, '_', '-');
    return name;
}

std::string toml_name(const Setting& setting)
{
    return lower(own_part(setting));
}

Result<Settings> Settings::resolve(std::span<const SettingsLayer> layers)
{
    Settings resolved;
    for (const Setting& setting : settings) {
        Chosen chosen{&setting, std::string(setting.fallback), "default"};
        for (const SettingsLayer& layer : layers) {
            const auto found = layer.values.find(setting.name);
            if (found == layer.values.end())
                continue;
            chosen.value = trimmed(found->second);
            chosen.source = layer.source;
            break;
        }
        if (const auto right = expected(setting, chosen.value); !right.empty())
            return Fault{FaultKind::invalid, "VT-CFG-001",
                         std::string(setting.name) + " (from " + chosen.source + ") must be " + std::string(right) +
                             (setting.kind == Setting::secret ? "" : ", not \"" + chosen.value + "\"") + "."};
        resolved.chosen_.push_back(std::move(chosen));
    }
    return resolved;
}

const Settings::Chosen& Settings::chosen(std::string_view name) const
{
    const auto found = std::ranges::find(chosen_, name, [](const Chosen& c) { return c.setting->name; });
    if (found == chosen_.end())
        throw std::logic_error("no such setting: " + std::string(name));
    return *found;
}

std::string_view Settings::text(std::string_view name) const
{
    return chosen(name).value;
}

std::int64_t Settings::number(std::string_view name) const
{
    const Chosen& it = chosen(name);
    return *as_number(*it.setting, it.value);
}

bool Settings::yes(std::string_view name) const
{
    return *as_yes_no(chosen(name).value);
}

std::string_view nearest_setting(std::string_view unknown)
{
    std::string_view best;
    std::size_t distance = std::max<std::size_t>(2, unknown.size() / 4) + 1;
    for (const Setting& setting : settings) {
        const auto d = edit_distance(unknown, setting.name);
        if (d < distance) {
            distance = d;
            best = setting.name;
        }
    }
    return best;
}

} // namespace vitrina
