#include "sandbox/names.hpp"

#include "core/base64url.hpp"
#include "core/digest.hpp"
#include "core/random.hpp"

namespace vitrina::sandbox {

Names::Names(Sqlite& database, std::string seed) : database_(database), seed_(std::move(seed))
{
    database_.run(
        "CREATE TABLE IF NOT EXISTS names (one INTEGER PRIMARY KEY CHECK (one = 1), seed TEXT, made INTEGER)");
    database_.run("INSERT OR IGNORE INTO names VALUES (1, ?, 0)", seed_.empty() ? random_hex(16) : seed_);
    if (seed_.empty())
        seed_ = database_.rows("SELECT seed FROM names").front().front();
}

std::string Names::next()
{
    const auto made = database_.rows("UPDATE names SET made = made + 1 RETURNING made");
    const Sha256 digest = sha256(seed_ + "|" + made.front().front());
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string Names::token(std::size_t characters)
{
    std::string text;
    while (text.size() < characters)
        text += to_base64url(next());
    text.resize(characters);
    return text;
}

std::string Names::number(std::size_t digits)
{
    const auto made = database_.rows("UPDATE names SET made = made + 1 RETURNING made");
    const std::string& count = made.front().front();
    return "1" + std::string(count.size() + 1 < digits ? digits - 1 - count.size() : 0, '0') + count;
}

std::string Names::uuid()
{
    const std::string raw = next();
    std::string text = hex(std::as_bytes(std::span(raw))).substr(0, 32);
    text[12] = '4';
    text[16] = '8';
    for (const std::size_t dash : {20, 16, 12, 8})
        text.insert(dash, 1, '-');
    return text;
}

} // namespace vitrina::sandbox
