#include "http/conditional.hpp"

#include "core/clock.hpp"
#include "http/grammar.hpp"

namespace vitrina {
namespace {

// Takes one entity tag with its quotes; "" at the end or when malformed.
std::string_view take_etag(std::string_view& list)
{
    while (!list.empty() && (grammar::is_blank(list.front()) || list.front() == ','))
        list.remove_prefix(1);
    const std::size_t quote = list.starts_with("W/") ? 2 : 0;
    if (list.size() <= quote || list[quote] != '"')
        return {};
    const auto end = list.find('"', quote + 1);
    if (end == std::string_view::npos)
        return {};
    const auto tag = list.substr(0, end + 1);
    list.remove_prefix(end + 1);
    return tag;
}

std::optional<std::int64_t> date(const Request& request, std::string_view name)
{
    const auto field = request.headers.find(name);
    const auto when = field ? parse_http_date(*field) : std::nullopt;
    if (!when)
        return std::nullopt;
    return std::chrono::floor<std::chrono::seconds>(*when).time_since_epoch().count();
}

bool changed_since_their_copy(const Request& request, const Validators& now)
{
    if (const auto tags = request.headers.find("If-Match"))
        return !matches_etag(*tags, now.etag, TagComparison::strong);
    const auto since = date(request, "If-Unmodified-Since");
    return since && now.modified != 0 && now.modified > *since;
}

bool same_as_their_copy(const Request& request, const Validators& now)
{
    if (const auto tags = request.headers.find("If-None-Match"))
        return matches_etag(*tags, now.etag, TagComparison::weak);
    if (request.method != Method::get && request.method != Method::head)
        return false;
    const auto since = date(request, "If-Modified-Since");
    return since && now.modified != 0 && now.modified <= *since;
}

} // namespace

bool matches_etag(std::string_view list, std::string_view etag, TagComparison how)
{
    if (grammar::trim(list) == "*")
        return !etag.empty();
    const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
    for (auto tag = take_etag(list); !tag.empty(); tag = take_etag(list)) {
        if (how == TagComparison::weak ? opaque(tag) == opaque(etag) : tag == etag && !tag.starts_with("W/"))
            return true;
    }
    return false;
}

Precondition check_preconditions(const Request& request, const Validators& now)
{
    if (changed_since_their_copy(request, now))
        return Precondition::failed;
    if (!same_as_their_copy(request, now))
        return Precondition::proceed;
    const bool reading = request.method == Method::get || request.method == Method::head;
    return reading ? Precondition::not_modified : Precondition::failed;
}

bool range_applies(const Request& request, const Validators& now)
{
    const auto condition = request.headers.find("If-Range");
    if (!condition)
        return true;
    if (condition->starts_with('"') || condition->starts_with("W/"))
        return matches_etag(*condition, now.etag, TagComparison::strong);
    const auto since = date(request, "If-Range");
    return since && now.modified != 0 && now.modified == *since;
}

} // namespace vitrina
