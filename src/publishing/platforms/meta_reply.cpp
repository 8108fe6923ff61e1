#include "publishing/platforms/meta_reply.hpp"

#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/single_call.hpp"
#include "publishing/platforms/waiting.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view upload_host = "https://rupload.facebook.com/";

std::optional<std::int64_t> number_in(const std::string& text)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole ? std::optional(number) : std::nullopt;
}

bool is_yes(const boost::json::value* value)
{
    return value && value->is_bool() && value->get_bool();
}

bool one_of(std::int64_t code, std::initializer_list<std::int64_t> codes)
{
    return std::ranges::find(codes, code) != codes.end();
}

bool between(std::int64_t code, std::int64_t first, std::int64_t last)
{
    return code >= first && code <= last;
}

// Meta gives most of its video errors as a code of their own or as a subcode of a general one: either counts.
bool says(const MetaError& error, std::initializer_list<std::int64_t> numbers)
{
    return one_of(error.code, numbers) || (error.subcode != 0 && one_of(error.subcode, numbers));
}

bool is_dead_token(const MetaError& error)
{
    return one_of(error.code, {190, 102}) || one_of(error.subcode, {458, 459, 460, 463, 464, 467, 1404078});
}

bool is_rate(const MetaError& error)
{
    const bool blocked = one_of(error.subcode, {2207050, 2207051}); // these come with code 4
    return !blocked &&
           (one_of(error.code, {4, 17, 32, 613}) || between(error.code, 80001, 80014) || error.subcode == 1390008);
}

bool is_forbidden(const MetaError& error)
{
    return error.code == 10 || error.code == 3 || between(error.code, 200, 299) ||
           says(error, {368, 1346003, 1363042, 1404102, 1404112, 4854002, 2207050, 2207051, 2207081});
}

bool is_passing(const MetaError& error)
{
    return error.transient || one_of(error.code, {1, 2}) ||
           says(error, {1363030, 1363047, 1609010, 2207001, 2207032, 2207053, 2207082});
}

// {"call_count":28,"estimated_time_to_regain_access":12}, one of them for each use of an app.
std::optional<std::chrono::minutes> time_to_regain_access(const HttpReply& reply)
{
    const ReplyJson json(reply.header("X-Business-Use-Case-Usage"));
    const auto* all = json.find({});
    std::int64_t longest = 0;
    if (const auto* object = all->if_object())
        for (const auto& [id, uses] : *object)
            if (const auto* list = uses.if_array())
                for (const boost::json::value& use : *list)
                    if (const auto* at = json_member(use, "estimated_time_to_regain_access"))
                        longest = std::max(longest, number_in(json_text(at)).value_or(0));
    return longest > 0 ? std::optional(std::chrono::minutes(std::min<std::int64_t>(longest, 24 * 60))) : std::nullopt;
}

} // namespace

std::string MetaError::name() const
{
    return std::to_string(code) + (subcode == 0 ? "" : "/" + std::to_string(subcode));
}

std::optional<MetaError> meta_error(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    const auto* error = json.find({"error"});
    if (!error || !error->is_object())
        return std::nullopt;
    MetaError said{number_in(json.text({"error", "code"})).value_or(0),
                   number_in(json.text({"error", "error_subcode"})).value_or(0),
                   is_yes(json.find({"error", "is_transient"})), json.text({"error", "error_user_msg"})};
    if (said.words.empty())
        said.words = json.text({"error", "message"});
    return said;
}

bool leaves_in_doubt(const HttpReply& reply)
{
    const auto error = meta_error(reply);
    if (!error || reply.status >= 500 || reply.status < 400)
        return true;
    return is_passing(*error) || says(*error, {506, 2207051}) || error->is(100, 33);
}

Step meta_trouble(const HttpReply& reply, Instant now, std::string_view title)
{
    const std::string network(title);
    const auto error = meta_error(reply);
    if (!error) {
        if (reply.status == 401)
            return Reconnect{network + " does not take the access token"};
        return Wait{Wait::Kind::transient, asked_to_wait_until(reply, now),
                    network + " answered " + std::to_string(reply.status)};
    }
    const std::string words = error->words.empty() ? network + " answered " + error->name() : error->words;
    if (is_dead_token(*error))
        return Reconnect{words};
    if (says(*error, {2207042}))
        return Wait{Wait::Kind::quota, now + 1h, "the account's posts of a day are used up: " + words};
    if (is_rate(*error))
        return Wait{Wait::Kind::rate_limited, now + time_to_regain_access(reply).value_or(15min),
                    network + " asks to slow down"};
    if (is_forbidden(*error))
        return Refused{Refused::Kind::not_permitted, error->name(), words};
    // Its databases follow each other with a delay: what was made a moment ago may not be found yet.
    if (is_passing(*error) || error->is(100, 33) || reply.status >= 500)
        return Wait{Wait::Kind::transient, asked_to_wait_until(reply, now), words};
    return Refused{Refused::Kind::invalid_content, error->name(), words};
}

std::unique_ptr<Conversation> make_meta_proof(Send identify, Send list, std::string account, const Clock& clock,
                                              std::string_view title)
{
    auto read = [list = std::move(list), account = std::move(account),
                 network = std::string(title)](const HttpReply& reply, Instant now) -> Step {
        const ReplyJson json(reply.body);
        const auto* data = json.find({"data"});
        if (reply.status != 200)
            return meta_trouble(reply, now, network);
        if (data && data->is_array())
            return Identified{account, {}};
        if (json.text({"id"}) == account)
            return list;
        return Wait{Wait::Kind::transient, std::nullopt, "the token is not this account's any more"};
    };
    return make_single_call(std::move(identify), std::move(read), clock);
}

std::optional<Send> rupload(const std::string& url, std::uint64_t offset, std::uint64_t size)
{
    const bool plain = std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7f; });
    if (!url.starts_with(upload_host) || url.size() > 1000 || !plain)
        return std::nullopt;
    return Send{.what = "send bytes from " + std::to_string(offset),
                .method = "POST",
                .url = url,
                .headers = {{"offset", std::to_string(offset)},
                            {"file_size", std::to_string(size)},
                            {"Content-Type", "application/octet-stream"}},
                .slice = Slice{Slice::File::original, offset, size - offset},
                .credentials = Send::Credentials::oauth};
}

Rupload rupload_outcome(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    if (reply.status >= 200 && reply.status < 300 && is_yes(json.find({"success"})))
        return Rupload::stored;
    const auto* debug = json.find({"debug_info"}); // it may come with any status
    if (debug && debug->is_object())
        return is_yes(json.find({"debug_info", "retriable"})) ? Rupload::again : Rupload::gone;
    const bool theirs = reply.status >= 500 || reply.status == 408 || reply.status == 429 || reply.status < 400;
    return theirs ? Rupload::again : Rupload::gone;
}

std::string rupload_words(const HttpReply& reply)
{
    if (const auto error = meta_error(reply))
        return error->words;
    return ReplyJson(reply.body).text({"debug_info", "message"});
}

std::optional<std::uint64_t> uploaded_bytes(const HttpReply& reply, std::string_view member)
{
    const ReplyJson json(reply.body);
    for (const std::string_view spelling : {"bytes_transferred", "bytes_transfered"}) // Meta's text has both
        if (const auto bytes = number_in(json.text({member, "uploading_phase", spelling})); bytes && *bytes >= 0)
            return std::uint64_t(*bytes);
    return std::nullopt;
}

} // namespace vitrina
