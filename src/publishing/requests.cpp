#include "publishing/requests.hpp"

#include "publishing/publish_order.hpp"

#include <algorithm>

namespace vitrina {
namespace {

Fault needs_account(const Platform& platform, const std::vector<Account>& accounts)
{
    const std::string title(platform.title());
    const auto lost = std::ranges::find(accounts, platform.name(), &Account::platform);
    Fault fault{FaultKind::conflict,
                "VT-PUB-007",
                "No " + title + " account is connected: " + std::string(platform.how_to_connect()),
                {},
                {},
                {}};
    if (lost != accounts.end())
        fault.message = "The " + title + " account " + lost->name + " has to be connected again (" + lost->reason +
                        "): " + std::string(platform.how_to_connect());
    return fault;
}

Fault of_others(const Account& account)
{
    return {FaultKind::conflict,       "VT-PUB-007", std::string(start_as_connected(account.sandbox)),
            "or name another account", {},           {}};
}

Fault unknown_platform(const std::string& name, const Platforms& platforms)
{
    return {FaultKind::invalid,
            "VT-PUB-006",
            "Unknown platform \"" + name.substr(0, 50) + "\". Known: " + platform_names(platforms),
            "",
            {},
            {}};
}

} // namespace

std::optional<Fault> broken_limits(const Platform& platform, const Video& video, const std::string& options)
{
    std::vector<FieldError> errors = platform.validate(make_order(video, "", options));
    if (errors.empty())
        return std::nullopt;
    Fault fault{FaultKind::unprocessable,
                "VT-PUB-008",
                errors.front().detail,
                "change the video or the options of this publication",
                {},
                {}};
    for (FieldError& error : errors)
        fault.errors.push_back({"/options" + error.pointer, std::move(error.detail)});
    return fault;
}

PublishRequests::PublishRequests(Accounts& accounts, Publications& publications, const Platforms& platforms)
    : accounts_(accounts), publications_(publications), platforms_(platforms)
{
}

Task<Result<std::vector<Publication>>>
PublishRequests::to_platforms(const Video& video, std::vector<std::string> platforms, std::string options)
{
    std::vector<PublishTarget> targets;
    for (std::string& name : platforms) {
        if (!find_platform(platforms_, name))
            co_return unknown_platform(name, platforms_);
        if (std::ranges::find(targets, name, &PublishTarget::platform) == targets.end())
            targets.push_back({{}, std::move(name), options});
    }
    std::vector<Publications::Wanted> wanted;
    for (PublishTarget& target : targets) {
        Result<Publications::Wanted> one = co_await resolve_one(video, std::move(target));
        if (!one)
            co_return one.error();
        wanted.push_back(std::move(*one));
    }
    co_return co_await publications_.request(video.id, std::move(wanted));
}

Task<std::vector<Result<Publications::Wanted>>> PublishRequests::resolve(const Video& video,
                                                                         std::vector<PublishTarget> targets)
{
    std::vector<Result<Publications::Wanted>> resolved;
    for (PublishTarget& target : targets) {
        std::optional<Schedule> schedule = std::move(target.schedule);
        Result<Publications::Wanted> one = co_await resolve_one(video, std::move(target));
        if (one)
            one->schedule = std::move(schedule);
        resolved.push_back(std::move(one));
    }
    co_return resolved;
}

Task<Result<Publications::Wanted>> PublishRequests::resolve_one(const Video& video, PublishTarget target)
{
    if (target.account)
        co_return co_await on_account(video, *target.account, std::move(target.options));
    const Platform* platform = find_platform(platforms_, target.platform);
    if (!platform)
        co_return unknown_platform(target.platform, platforms_);
    co_return co_await choose(video, *platform, std::move(target.options));
}

Task<Result<Publications::Wanted>> PublishRequests::choose(const Video& video, const Platform& platform,
                                                           std::string options)
{
    PublicationQuery query{.video = video.id, .limit = 1000};
    const std::vector<Publication> existing = co_await publications_.list(std::move(query));
    for (const Publication& publication : existing) {
        if (publication.platform == platform.name() && publication.sandbox == accounts_.in_sandbox() &&
            !is_over(publication.progress.state)) {
            Publications::Wanted same{publication.account, publication.platform, publication.sandbox,
                                      publication.options};
            co_return same;
        }
    }
    std::vector<Account> accounts = co_await accounts_.list();
    std::erase_if(accounts, [this](const Account& account) { return !accounts_.is_ours(account); });
    const auto connected = std::ranges::find_if(accounts, [&platform](const Account& account) {
        return account.platform == platform.name() && account.status == Account::Status::connected;
    });
    if (connected == accounts.end())
        co_return needs_account(platform, accounts);
    if (auto broken = broken_limits(platform, video, options))
        co_return std::move(*broken);
    Publications::Wanted wanted{connected->id, std::string(platform.name()), connected->sandbox, std::move(options)};
    co_return wanted;
}

Task<Result<std::vector<Publication>>> PublishRequests::to_account(const Video& video, AccountId id,
                                                                   std::string options)
{
    Result<Publications::Wanted> one = co_await on_account(video, id, std::move(options));
    if (!one)
        co_return one.error();
    std::vector<Publications::Wanted> wanted{std::move(*one)};
    co_return co_await publications_.request(video.id, std::move(wanted));
}

Task<Result<Publications::Wanted>> PublishRequests::on_account(const Video& video, AccountId id, std::string options)
{
    const std::optional<Account> account = co_await accounts_.find(id);
    const Platform* platform = account ? find_platform(platforms_, account->platform) : nullptr;
    if (!platform)
        co_return no_such_account();
    if (!accounts_.is_ours(*account))
        co_return of_others(*account);
    if (account->status != Account::Status::connected) {
        const std::vector<Account> lost{*account};
        co_return needs_account(*platform, lost);
    }
    if (auto broken = broken_limits(*platform, video, options))
        co_return std::move(*broken);
    Publications::Wanted wanted{id, account->platform, account->sandbox, std::move(options)};
    co_return wanted;
}

std::string platform_names(const Platforms& platforms)
{
    std::string names;
    for (const auto& platform : platforms)
        names += (names.empty() ? "" : ", ") + std::string(platform->name());
    return names;
}

} // namespace vitrina
