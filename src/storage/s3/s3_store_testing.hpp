#pragma once
// For tests: what those against the fake store and those against a real one share.
#include "storage/object_store_contract.hpp"
#include "storage/s3/s3_store.hpp"
#include "unit/run.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace vitrina::s3_testing {

inline const std::string key = "videos/1/a.mp4";
inline constexpr std::size_t part = 5u << 20;

inline void use_keys(S3StoreOptions& options, const std::string& access_key, const std::string& secret_key)
{
    options.client.credentials = fixed_aws_credentials(access_key, Secret(secret_key));
}

inline S3StoreOptions options_for(const std::string& endpoint, const std::string& bucket, const std::string& access_key,
                                  const std::string& secret_key)
{
    S3StoreOptions options;
    options.part = part;
    options.client.address = parse_s3_address(endpoint, bucket, true);
    use_keys(options, access_key, secret_key);
    options.client.first_pause = std::chrono::milliseconds(1);
    return options;
}

// Bytes that tell where they belong.
inline std::string content_of(std::size_t size)
{
    std::string content(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        content[i] = char(i * 2654435761u >> 13);
    return content;
}

inline void put_in_pieces(ObjectStore& store, const std::string& content)
{
    auto writer = run(store.create(key));
    constexpr std::size_t piece = 1'000'003;
    for (std::size_t at = 0; at < content.size(); at += piece)
        run(writer->write(std::as_bytes(std::span(content)).subspan(at, std::min(piece, content.size() - at))));
    run(writer->finish());
}

inline std::string what_is_thrown(const std::function<void()>& action)
{
    try {
        action();
    } catch (const std::exception& thrown) {
        return thrown.what();
    }
    return {};
}

inline void remove_all(ObjectStore& store)
{
    std::vector<std::string> found;
    auto note = [&](const ObjectInfo& object) -> Task<> {
        found.push_back(object.key);
        co_return;
    };
    run(store.list("", note));
    for (const std::string& one : found)
        run(store.remove(one));
}

} // namespace vitrina::s3_testing
