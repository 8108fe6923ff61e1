#include "app/delivery.hpp"

#include "core/errors.hpp"
#include "http/grammar.hpp"
#include "http/uri.hpp"

#include <algorithm>

namespace vitrina {
namespace {

constexpr std::chrono::seconds shortest{60};
constexpr std::chrono::seconds longest = std::chrono::hours(24 * 7); // S3 signs for no longer

bool is_web_address(std::string_view url)
{
    const auto after_scheme = url.find("://");
    const std::string_view scheme = url.substr(0, after_scheme);
    if (after_scheme == url.npos || (scheme != "http" && scheme != "https"))
        return false;
    const std::string_view rest = url.substr(after_scheme + 3);
    const auto slash = std::min(rest.find('/'), rest.size());
    const auto of_a_path = [](char c) { return grammar::is_unreserved(c) || c == '/'; };
    return is_host(rest.substr(0, slash)) && std::ranges::all_of(rest.substr(slash), of_a_path);
}

std::string media_url(const Settings& settings)
{
    std::string url(settings.text("VITRINA_MEDIA_URL"));
    while (url.ends_with('/'))
        url.pop_back();
    if (!url.empty() && !is_web_address(url))
        throw Unavailable("VITRINA_MEDIA_URL must be an address such as https://media.example.org.");
    return url;
}

} // namespace

Delivery::Delivery(const Settings& settings) : link_lifetime(settings.number("VITRINA_S3_LINK_LIFETIME"))
{
    if (link_lifetime < shortest || link_lifetime > longest)
        throw Unavailable("VITRINA_S3_LINK_LIFETIME must be between one minute and seven days.");
    redirects = !settings.text("S3_BUCKET_NAME").empty() && settings.text("VITRINA_S3_DELIVERY") == "redirect";
    (redirects ? links_at : answers_with) = media_url(settings);
}

} // namespace vitrina
