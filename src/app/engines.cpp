#include "app/engines.hpp"

#include "app/aws_parts.hpp"
#include "app/data_directory.hpp"
#include "app/delivery.hpp"
#include "app/publishing_parts.hpp"
#include "app/settings_sources.hpp"
#include "aws/endpoint.hpp"
#include "core/digest.hpp"
#include "core/durable_directory.hpp"
#include "core/errors.hpp"
#include "core/run_task.hpp"
#include "db/postgres/open_postgres.hpp"
#include "db/sqlite/open_sqlite.hpp"
#include "storage/disk_store.hpp"
#include "storage/s3/s3_probe.hpp"
#include "storage/s3/s3_store.hpp"

#include <algorithm>

namespace vitrina {
namespace {

// "" for Amazon's.
std::string own_s3_endpoint(const Settings& settings)
{
    const std::string endpoint(settings.text("VITRINA_S3_ENDPOINT"));
    return endpoint.empty() ? std::string(settings.text("AWS_ENDPOINT_URL")) : endpoint;
}

Headers how_objects_are_kept(const Settings& settings)
{
    Headers headers;
    const std::string_view encryption = settings.text("VITRINA_S3_SSE"), key = settings.text("VITRINA_S3_SSE_KMS_KEY");
    if (!key.empty() && encryption != "aws:kms")
        throw Unavailable(
            "VITRINA_S3_SSE_KMS_KEY is set, and VITRINA_S3_SSE is not aws:kms: the key would not be used.");
    if (encryption != "none")
        headers.add("x-amz-server-side-encryption", std::string(encryption));
    if (!key.empty())
        headers.add("x-amz-server-side-encryption-aws-kms-key-id", std::string(key));
    if (const auto storage_class = settings.text("VITRINA_S3_STORAGE_CLASS"); storage_class != "STANDARD")
        headers.add("x-amz-storage-class", std::string(storage_class));
    return headers;
}

// Links followed, whether or not it is there.
std::filesystem::path whole_path(std::string_view path)
{
    std::error_code failed;
    std::filesystem::path whole = std::filesystem::weakly_canonical(std::filesystem::absolute(path), failed);
    if (failed)
        return std::filesystem::absolute(path);
    return whole.has_filename() ? whole : whole.parent_path();
}

std::string s3_endpoint(const Settings& settings)
{
    const std::string endpoint = own_s3_endpoint(settings);
    return endpoint.empty() ? aws_endpoint("s3", std::string(settings.text("AWS_REGION"))) : endpoint;
}

S3StoreOptions s3_options(const Settings& settings)
{
    S3StoreOptions options;
    options.part = std::uint64_t(settings.number("VITRINA_S3_PART"));
    options.memory = std::uint64_t(settings.number("VITRINA_S3_MEMORY"));
    S3ClientOptions& client = options.client;
    client.region = settings.text("AWS_REGION");
    client.address =
        parse_s3_address(s3_endpoint(settings), settings.text("S3_BUCKET_NAME"), settings.yes("VITRINA_S3_PATH_STYLE"));
    client.credentials = aws_credentials(settings);
    client.for_new_objects = how_objects_are_kept(settings);
    client.outbound = outbound_options(settings);
    const Delivery delivery(settings);
    if (!delivery.links_at.empty())
        options.links_at = parse_s3_alias(delivery.links_at, client.address);
    return options;
}

// What the sketch puts before a key in its column s3_url.
std::string object_url(const Settings& settings)
{
    const std::string bucket(settings.text("S3_BUCKET_NAME")), region(settings.text("AWS_REGION"));
    if (bucket.empty())
        return "";
    const std::string endpoint = own_s3_endpoint(settings);
    return endpoint.empty() ? "https://" + bucket + ".s3." + region + ".amazonaws.com/"
                            : endpoint + (endpoint.ends_with('/') ? "" : "/") + bucket + "/";
}

// The login as AWS Secrets Manager has it when it is asked. A secret that Amazon RDS keeps has the user's name as well,
// which changes too where two users take turns.
std::function<PostgresLogin()> kept_login(const Settings& settings)
{
    const auto manager = secrets_manager(settings);
    const AwsSecretName secret = parse_aws_secret_name("DB_PASSWORD_SECRET", settings.text("DB_PASSWORD_SECRET"));
    const std::string user(settings.text("DB_USER"));
    return [manager, secret, user] {
        const Secret text = run_task(manager->get(secret));
        PostgresLogin login{user.empty() ? secret_user(text) : user, secret_value(text, secret)};
        if (login.user.empty())
            throw Unavailable("DB_USER is not set, and the secret " + secret.id + " names no user.");
        return login;
    };
}

PostgresAddress postgres_address(const Settings& settings)
{
    PostgresAddress address{.host = std::string(settings.text("DB_HOST")),
                            .port = std::string(settings.text("DB_PORT")),
                            .name = std::string(settings.text("DB_NAME")),
                            .login = {std::string(settings.text("DB_USER")), Secret()},
                            .sslmode = std::string(settings.text("VITRINA_DB_TLS")),
                            .ca_file = std::string(settings.text("VITRINA_DB_CA_FILE"))};
    if (is_kept_by_aws(settings, "DB_PASSWORD")) {
        address.newest_login = kept_login(settings);
        address.login = address.newest_login();
    } else {
        address.login.password = read_secret(settings, "DB_PASSWORD");
    }
    for (const auto& [value, name] : {std::pair(&address.name, "DB_NAME"), std::pair(&address.login.user, "DB_USER")})
        if (value->empty())
            throw Unavailable(std::string(name) + " is not set, and DB_HOST is: PostgreSQL needs both.");
    // Of several hosts one that is cut off holds up the way to the next.
    if (address.host.find(',') != std::string::npos)
        address.connect_within = std::chrono::seconds(3);
    return address;
}

Dialect dialect_of(const Settings& settings)
{
    return settings.text("DB_HOST").empty() ? Dialect::sqlite : Dialect::postgres;
}

std::unique_ptr<Database> open_engine(const Settings& settings, SchemaCare schema, std::string writes_refused_by)
{
    if (dialect_of(settings) == Dialect::sqlite)
        return open_sqlite(data_directory(settings) / "vitrina.db",
                           {.schema = schema, .writes_refused_by = std::move(writes_refused_by)});
    return open_postgres(postgres_address(settings),
                         {.schema = schema,
                          .connections = int(std::max<std::int64_t>(2, settings.number("VITRINA_DB_CONNECTIONS"))),
                          .object_url = object_url(settings),
                          .writes_refused_by = std::move(writes_refused_by)});
}

std::string database_place(const Settings& settings)
{
    if (dialect_of(settings) == Dialect::sqlite)
        return "the file " + (whole_path(settings.text("VITRINA_DATA")) / "vitrina.db").string();
    return "the PostgreSQL database " + std::string(settings.text("DB_NAME")) + " at " +
           std::string(settings.text("DB_HOST")) + ", port " + std::string(settings.text("DB_PORT"));
}

} // namespace

std::unique_ptr<Database> open_database(const Settings& settings, SchemaCare schema)
{
    return open_engine(settings, schema, writes_refusal(dialect_of(settings), files_place(settings)));
}

FilesPlace files_place(const Settings& settings)
{
    std::string words;
    if (const auto bucket = settings.text("S3_BUCKET_NAME"); !bucket.empty())
        words = "the bucket " + std::string(bucket) + " at " + s3_endpoint(settings);
    else
        words = "the directory " + (whole_path(settings.text("VITRINA_DATA")) / "objects").string();
    return {words, sha256_hex(words).substr(0, 32)};
}

std::unique_ptr<MeasuredStore> open_store(const Settings& settings)
{
    if (!settings.text("S3_BUCKET_NAME").empty())
        return std::make_unique<MeasuredStore>(open_s3_store(s3_options(settings)), "s3");
    return std::make_unique<MeasuredStore>(open_disk_store(data_directory(settings) / "objects"), "disk");
}

StoreReport probe_store(const Settings& settings)
{
    return probe_s3(s3_options(settings).client);
}

LibraryPlace open_library(const Settings& settings, SchemaCare schema)
{
    // Opening it would make it, and what is to be left as it is must be there.
    const bool must_be_there = schema == SchemaCare::leave_as_it_is && dialect_of(settings) == Dialect::sqlite;
    if (must_be_there && !std::filesystem::exists(whole_path(settings.text("VITRINA_DATA")) / "vitrina.db"))
        throw MoveRefused("There is no library: " + database_place(settings) + " does not exist.");
    LibraryPlace place;
    place.database = open_engine(settings, schema, "");
    place.store = open_store(settings);
    place.database_words = database_place(settings);
    place.files = files_place(settings);
    return place;
}

std::unique_ptr<ObjectStore> open_backups(const std::string& place)
{
    std::error_code failed;
    if (!std::filesystem::is_regular_file(place, failed)) {
        make_durable_directories(place, failed);
        if (failed)
            throw Unavailable("The directory " + place + " cannot be used: " + failed.message() + ".");
        return open_disk_store(place);
    }
    const Result<Settings> settings = read_settings_file(place);
    if (!settings)
        throw Unavailable(settings.error().message);
    if (settings->text("S3_BUCKET_NAME").empty())
        throw Unavailable(place + " names no bucket (S3_BUCKET_NAME); for a directory, name the directory itself.");
    return open_store(*settings);
}

} // namespace vitrina
