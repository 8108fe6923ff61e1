#include "core/settings.hpp"

#include "core/digest.hpp"

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
    Setting{"VITRINA_ROLES", Setting::text, "video,publish,work",
            "What this process does: any of video, publish, work."},
    Setting{"VITRINA_LISTEN", Setting::text, "127.0.0.1:5000", "Address and port of the video service."},
    Setting{"VITRINA_PUBLISH_LISTEN", Setting::text, "127.0.0.1:5001", "Address and port of the publish service."},
    Setting{"VITRINA_WORK_LISTEN", Setting::text, "",
            "Address and port where the role work answers for its health and its metrics; empty: nowhere."},
    Setting{"VITRINA_PUBLIC_URL", Setting::text, "",
            "Base of the absolute URLs in answers; empty: what the client used."},
    Setting{"VITRINA_OPEN", Setting::yes_no, "no", "yes: no token is asked for even on a public address."},
    Setting{"VITRINA_CORS_ORIGINS", Setting::text, "*",
            "Origins that browsers may call from, comma separated; * for any."},
    Setting{"VITRINA_TRUSTED_PROXIES", Setting::text, "127.0.0.0/8,::1/128",
            "Networks whose X-Forwarded-* headers are believed, comma separated."},
    Setting{"VITRINA_TLS_CERT", Setting::path, "",
            "PEM certificate chain; with VITRINA_TLS_KEY the server speaks https."},
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
    Setting{"VITRINA_MAX_REQUESTS", Setting::number, "4096",
            "Requests being answered at once, divided evenly among the event loops."},
    Setting{"VITRINA_MAX_HEADER", Setting::bytes, "16 KiB", "Largest request header, its first line included."},
    Setting{"VITRINA_MAX_HEADER_FIELDS", Setting::number, "100", "Most fields in a request header."},
    Setting{"VITRINA_MAX_TARGET", Setting::bytes, "8 KiB", "Longest path and query of a request."},
    Setting{"VITRINA_MAX_JSON", Setting::bytes, "256 KiB", "Largest JSON body."},
    Setting{"VITRINA_ANSWER_CACHE", Setting::bytes, "16 MiB",
            "Memory for answers that hold until something changes; 0: each is worked out anew."},
    Setting{"VITRINA_RATE_LIMIT", Setting::number, "0", "Requests per minute for each caller or address; 0: no limit."},
    Setting{
        "VITRINA_LOOK_AFTER", Setting::seconds, "1h",
        "When a published post is looked at for the first time; then after 24 and every 168 times as long. 0: never."},
    Setting{"VITRINA_EVENTS_KEPT", Setting::seconds, "7d", "How long it is kept what happened, for /v1/events."},
    Setting{"VITRINA_EVENT_STREAMS", Setting::number, "1000", "Streams of events open at once, of each process."},
    Setting{"VITRINA_WEBHOOK_RETRY_FOR", Setting::seconds, "72h",
            "How long an event is tried to be sent to a webhook, and how long one may fail before it is paused."},
    Setting{"VITRINA_WEBHOOK_TIMEOUT", Setting::seconds, "15s", "How long a webhook's receiver may take to answer."},
    Setting{"VITRINA_DRAIN", Setting::seconds, "25s", "Time a stopping server gives to requests in flight."},
    Setting{"VITRINA_MEDIA_CHILDREN", Setting::number, "2", "Media files read at once, each in a sandboxed child."},
    Setting{"VITRINA_MEDIA_TIMEOUT", Setting::seconds, "60s", "Time one media file may take to read."},
    Setting{"VITRINA_JOBS", Setting::number, "4", "Background jobs of one kind worked at once."},
    Setting{"VITRINA_JOB_LEASE", Setting::seconds, "60s",
            "After this long without a sign of life a job is given to another worker."},
    Setting{"VITRINA_CHUNK", Setting::bytes, "16 MiB",
            "Bytes sent to a network in one request; a multiple of 256 KiB."},
    Setting{
        "VITRINA_PRIVATE_HOSTS", Setting::text, "",
        "Names that may be reached at private addresses (a Mastodon or a webhook in the same LAN), comma separated."},
    Setting{"VITRINA_CONNECT_TO", Setting::text, "",
            "host:port:address:port, comma separated: connect there instead, as curl's connect-to does."},
    Setting{"VITRINA_CA_FILE", Setting::path, "",
            "PEM certificates trusted for outgoing connections beside the system's."},
    Setting{"VITRINA_SANDBOX_PAGE", Setting::text, "",
            "Control address of a running vitrina sandbox, such as http://127.0.0.1:5080."},
    Setting{"VITRINA_SECRET_KEY", Setting::secret, "",
            "Key that seals account tokens, at least 16 characters; empty: made once and kept in the data directory."},
    Setting{"VITRINA_SECRET_KEY_SECRET", Setting::text, "",
            "Name or ARN of the AWS Secrets Manager secret that holds it, and #member where that is JSON."},
    Setting{
        "VITRINA_OTHER_SECRET_KEYS", Setting::secret, "",
        "Keys that open as well while VITRINA_SECRET_KEY is changed: the former, or the one to come; comma separated."},
    Setting{"VITRINA_OTHER_SECRET_KEYS_SECRET", Setting::text, "",
            "The AWS Secrets Manager secret that holds them, as for VITRINA_SECRET_KEY_SECRET."},
    Setting{"VITRINA_YOUTUBE_CLIENT_ID", Setting::text, "",
            "Id of your app at Google, to connect YouTube accounts in a browser."},
    Setting{"VITRINA_YOUTUBE_CLIENT_SECRET", Setting::secret, "", "Secret of VITRINA_YOUTUBE_CLIENT_ID."},
    Setting{"VITRINA_FACEBOOK_CLIENT_ID", Setting::text, "",
            "Id of your app at Meta, to connect Facebook accounts in a browser."},
    Setting{"VITRINA_FACEBOOK_CLIENT_SECRET", Setting::secret, "", "Secret of VITRINA_FACEBOOK_CLIENT_ID."},
    Setting{"VITRINA_INSTAGRAM_CLIENT_ID", Setting::text, "",
            "Id of your app at Meta, to connect Instagram accounts in a browser."},
    Setting{"VITRINA_INSTAGRAM_CLIENT_SECRET", Setting::secret, "", "Secret of VITRINA_INSTAGRAM_CLIENT_ID."},
    Setting{"VITRINA_TIKTOK_CLIENT_ID", Setting::text, "",
            "Client key of your app at TikTok, to connect accounts in a browser."},
    Setting{"VITRINA_TIKTOK_CLIENT_SECRET", Setting::secret, "", "Secret of VITRINA_TIKTOK_CLIENT_ID."},
    Setting{"VITRINA_X_CLIENT_ID", Setting::text, "", "Id of your app at X, to connect accounts in a browser."},
    Setting{"VITRINA_X_CLIENT_SECRET", Setting::secret, "", "Secret of VITRINA_X_CLIENT_ID."},
    Setting{"VITRINA_LINKEDIN_CLIENT_ID", Setting::text, "",
            "Id of your app at LinkedIn, to connect accounts in a browser."},
    Setting{"VITRINA_LINKEDIN_CLIENT_SECRET", Setting::secret, "", "Secret of VITRINA_LINKEDIN_CLIENT_ID."},
    Setting{"VITRINA_LINKEDIN_ORGANISATIONS", Setting::yes_no, "no",
            "yes: LinkedIn has approved the app for organisations, and people are asked for theirs when they connect."},
    Setting{"VITRINA_VIMEO_CLIENT_ID", Setting::text, "", "Id of your app at Vimeo, to connect accounts in a browser."},
    Setting{"VITRINA_VIMEO_CLIENT_SECRET", Setting::secret, "", "Secret of VITRINA_VIMEO_CLIENT_ID."},
    Setting{"VITRINA_SERVER", Setting::text, "http://127.0.0.1:5000", "Server that the command line talks to."},
    Setting{"VITRINA_TOKEN", Setting::secret, "", "Token that the command line sends to the server."},
    Setting{"VITRINA_LOG", Setting::one_of, "info", "Least important messages logged: debug, info, warn, error.",
            "debug, info, warn or error"},
    Setting{"VITRINA_LOG_FORMAT", Setting::one_of, "auto",
            "json, text, or auto: text on a terminal, JSON lines elsewhere.", "json, text or auto"},
    Setting{"VITRINA_S3_ENDPOINT", Setting::text, "",
            "Address of the S3 store, such as https://s3.example.org; empty: Amazon's in AWS_REGION."},
    Setting{"VITRINA_S3_PATH_STYLE", Setting::yes_no, "no",
            "yes: the bucket's name stands in the path and not before the host, as most stores but Amazon's want it."},
    Setting{"VITRINA_S3_PART", Setting::bytes, "8 MiB",
            "Parts that large objects are sent in, 5 MiB to 1 GiB; an upload holds up to four in memory, an object has "
            "at most 10,000."},
    Setting{"VITRINA_S3_SSE", Setting::one_of, "none",
            "How the S3 store is asked to encrypt what it keeps: none (as the bucket says), AES256 or aws:kms.",
            "none, AES256 or aws:kms"},
    Setting{"VITRINA_S3_SSE_KMS_KEY", Setting::text, "",
            "Key of aws:kms, its id, ARN or alias; empty: Amazon's own for S3."},
    Setting{"VITRINA_S3_STORAGE_CLASS", Setting::one_of, "STANDARD",
            "Storage class of new objects; videos must stay readable at once.",
            "STANDARD, INTELLIGENT_TIERING, STANDARD_IA, ONEZONE_IA or GLACIER_IR"},
    Setting{"VITRINA_S3_MEMORY", Setting::bytes, "512 MiB",
            "Memory for the parts of all uploads to the S3 store together; uploads beyond it take turns."},
    Setting{"VITRINA_S3_DELIVERY", Setting::one_of, "through",
            "through: players get stored files through this server; redirect: they are sent on to the S3 store.",
            "through or redirect"},
    Setting{"VITRINA_S3_LINK_LIFETIME", Setting::seconds, "1h",
            "How long an address that players are sent on to works, one minute to seven days."},
    Setting{
        "VITRINA_MEDIA_URL", Setting::text, "",
        "Base of the addresses of stored files, such as a CDN's in front of this server; with redirect: under which "
        "players find the S3 store."},
    Setting{"S3_BUCKET_NAME", Setting::text, "",
            "Bucket of the S3 store that keeps the files; empty: they are kept under the data directory."},
    Setting{"AWS_REGION", Setting::text, "us-east-1", "Region of the bucket, and of AWS's other services."},
    Setting{"AWS_ACCESS_KEY_ID", Setting::text, "", "Access key of the S3 store and of AWS."},
    Setting{"AWS_SECRET_ACCESS_KEY", Setting::secret, "", "Secret key of AWS_ACCESS_KEY_ID."},
    Setting{"AWS_SESSION_TOKEN", Setting::secret, "", "Session token of keys that hold for a while."},
    Setting{"AWS_WEB_IDENTITY_TOKEN_FILE", Setting::path, "",
            "File of the token that AWS_ROLE_ARN is assumed with, as EKS sets it."},
    Setting{"AWS_ROLE_ARN", Setting::text, "", "Role that the web identity assumes."},
    Setting{"AWS_ROLE_SESSION_NAME", Setting::text, "", "Name of its sessions in AWS's logs; empty: vitrina."},
    Setting{"AWS_PROFILE", Setting::text, "",
            "Profile of the AWS credentials file; empty: default, where there is one."},
    Setting{"AWS_SHARED_CREDENTIALS_FILE", Setting::path, "",
            "The AWS credentials file; empty: ~/.aws/credentials, where there is one."},
    Setting{"AWS_CONFIG_FILE", Setting::path, "", "The AWS config file; empty: ~/.aws/config, where there is one."},
    // A secret: who knows the path is given the keys.
    Setting{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", Setting::secret, "",
            "Where a container asks for its role's keys, as ECS sets it."},
    Setting{"AWS_CONTAINER_CREDENTIALS_FULL_URI", Setting::text, "",
            "The same as a whole address, as EKS sets it: https, or of this machine."},
    Setting{"AWS_CONTAINER_AUTHORIZATION_TOKEN", Setting::secret, "", "What the container shows there."},
    Setting{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Setting::path, "",
            "File of what the container shows there; it is read anew each time."},
    Setting{"AWS_EC2_METADATA_DISABLED", Setting::yes_no, "no",
            "yes: the EC2 instance is not asked for its role's keys when none are set."},
    Setting{"AWS_EC2_METADATA_SERVICE_ENDPOINT", Setting::text, "http://169.254.169.254",
            "Where an EC2 instance is asked for its role's keys."},
    Setting{"AWS_ENDPOINT_URL", Setting::text, "",
            "Address of what stands in for every AWS service that has no address of its own."},
    Setting{"AWS_ENDPOINT_URL_STS", Setting::text, "", "Address of AWS STS; empty: Amazon's in AWS_REGION."},
    Setting{"AWS_ENDPOINT_URL_SECRETS_MANAGER", Setting::text, "",
            "Address of AWS Secrets Manager; empty: Amazon's in AWS_REGION."},
    Setting{"DB_HOST", Setting::text, "",
            "PostgreSQL server, or the directory of its socket; of a primary and its standbys all, comma separated; "
            "empty: SQLite under the data directory."},
    Setting{"DB_PORT", Setting::number, "5432", "Port of the PostgreSQL server."},
    Setting{"DB_NAME", Setting::text, "", "Name of the PostgreSQL database."},
    Setting{"DB_USER", Setting::text, "", "User of the PostgreSQL database."},
    Setting{"DB_PASSWORD", Setting::secret, "", "Password of the PostgreSQL user."},
    Setting{"DB_PASSWORD_SECRET", Setting::text, "",
            "Name or ARN of the AWS Secrets Manager secret that holds it, and #member where that is JSON."},
    Setting{"VITRINA_DB_TLS", Setting::one_of, "prefer",
            "TLS to the PostgreSQL server, as libpq's sslmode: verify-full also checks who it is.",
            "disable, prefer, require, verify-ca or verify-full"},
    Setting{"VITRINA_DB_CA_FILE", Setting::path, "",
            "PEM certificates that the PostgreSQL server's is checked against."},
    Setting{"VITRINA_DB_CONNECTIONS", Setting::number, "16", "Connections to the PostgreSQL server, of each process."},
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
constexpr std::array byte_units{Unit{"", 1},
                                Unit{"b", 1},
                                Unit{"k", 1LL << 10},
                                Unit{"kib", 1LL << 10},
                                Unit{"kb", 1000},
                                Unit{"m", 1LL << 20},
                                Unit{"mib", 1LL << 20},
                                Unit{"mb", 1'000'000},
                                Unit{"g", 1LL << 30},
                                Unit{"gib", 1LL << 30},
                                Unit{"gb", 1'000'000'000},
                                Unit{"t", 1LL << 40},
                                Unit{"tib", 1LL << 40},
                                Unit{"tb", 1'000'000'000'000}};
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

// "json, text or auto"
bool is_one_of(std::string_view words, std::string_view value)
{
    while (!words.empty()) {
        const auto end = std::min(words.find_first_of(", "), words.size());
        const std::string_view word = words.substr(0, end);
        if (!word.empty() && word != "or" && word == value)
            return true;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

// What a right value looks like, or "" when this one is right.
std::string_view expected(const Setting& setting, std::string_view value)
{
    switch (setting.kind) {
    case Setting::number: return as_number(setting, value) ? "" : "a whole number";
    case Setting::bytes: return as_number(setting, value) ? "" : "a size such as 500 MiB";
    case Setting::seconds: return as_number(setting, value) ? "" : "a time such as 30s or 5m";
    case Setting::yes_no: return as_yes_no(value) ? "" : "yes or no";
    case Setting::one_of: return is_one_of(setting.words, value) ? "" : setting.words;
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
            if (setting.kind == Setting::one_of && trimmed(found->second).empty())
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

std::string Settings::fingerprint() const
{
    std::string text;
    for (const Chosen& one : chosen_)
        if (one.setting->kind != Setting::secret)
            text += std::string(one.setting->name) + '=' + one.value + '\n';
    return sha256_hex(text).substr(0, 16);
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
