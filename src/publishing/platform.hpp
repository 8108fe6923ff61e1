#pragma once
#include "core/fault.hpp"
#include "core/publication.hpp"
#include "core/secret.hpp"
#include "core/step.hpp"
#include "publishing/consent.hpp"
#include "publishing/platform_rules.hpp"

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vitrina {

// What is to be published, fixed when the work on it begins: a later edit does not change a post half way.
struct PublishOrder {
    std::string client_key; // the publication's id: the network's idempotency key where it has one
    std::string title, description;
    std::vector<std::string> tags;
    std::uint64_t size = 0; // bytes of the original
    std::string content_type;
    std::string source_key, thumbnail_key; // in the store; "" without a thumbnail
    std::uint64_t thumbnail_size = 0;
    std::chrono::microseconds duration{};
    int width = 0, height = 0;
    double frame_rate = 0;
    boost::json::object options; // the platform's own: privacy, category, visibility, …
};

// Of the account, what a conversation may know: never a token.
struct AccountFacts {
    std::string base_url;  // "https://mastodon.example" where people choose their server; else ""
    std::string remote_id; // who we are over there; "" before it was asked
};

// One exchange of questions and answers with a network. Deterministic: everything it knows is in memory(), so a
// restart goes on from the last saved one. It never fires a commit twice: resumed while `committing`, it reconciles.
class Conversation {
public:
    virtual ~Conversation() = default;
    // The first step, from the start or from what was remembered; also after a Wait and after a token was refreshed.
    virtual Step resume() = 0;
    virtual Step on_reply(const HttpReply& reply) = 0;
    // The last Send brought no complete answer.
    virtual Step on_loss(Loss loss) = 0;

    // One of opening … confirming.
    virtual PublicationState stage() const = 0;
    // JSON; may hold addresses that authorise by themselves, so it is kept encrypted.
    virtual std::string memory() const = 0;
    // Of the original, as the network itself has confirmed.
    virtual std::uint64_t confirmed_bytes() const = 0;
    // How many posts the network showed, when it was last asked what became of a commit, that look like this
    // publication's. More than one should never be.
    virtual int posts_found() const { return 0; }
};

// What an account holds that a refresh needs.
struct Grant {
    std::string base_url, client_id;
    Secret client_secret, refresh_token;
};

struct FreshTokens {
    Secret access_token;
    Secret refresh_token; // empty: the old one stays
    std::optional<std::chrono::seconds> expires_in;
    std::optional<std::chrono::seconds> refresh_token_expires_in; // nothing: as the network said before
};
// The network defines this answer as "the grant is dead"; nothing less disconnects an account.
struct GrantDead {
    std::string why;
};
struct RefreshLater {
    std::string why;
};
using RefreshOutcome = std::variant<FreshTokens, GrantDead, RefreshLater>;

// New words for a published post.
struct PostEdit {
    PublishOrder order; // all of its words, the new ones among them
    std::vector<std::string> options; // the options whose words are new: all others stay as they are over there

    bool changes(std::string_view option) const;
};
// How an edit ends where the network has the post no more.
Step no_post_to_edit();

// A kind of network. Decides what to say, never how: no sockets, no clock of its own, no database.
class Platform {
public:
    virtual ~Platform() = default;
    virtual std::string_view name() const = 0; // "youtube": stored data
    virtual std::string_view title() const = 0; // "YouTube"
    // A sentence for the person who has not connected an account yet.
    virtual std::string_view how_to_connect() const = 0;
    // Whether people choose the server (Mastodon): then an account has a base_url.
    virtual bool has_servers() const = 0;

    // What it takes, as data.
    virtual const PlatformRules& rules() const = 0;
    // Every broken limit at once, before anything is sent: the rules, and what no table can say. Pointers into the
    // options ("/title").
    virtual std::vector<FieldError> validate(const PublishOrder& order) const = 0;

    // `memory` is "" at the start.
    virtual std::unique_ptr<Conversation> publish(const PublishOrder& order, const AccountFacts& account,
                                                  std::string_view memory, const Clock& clock) const = 0;
    // Ends in Removed, also when the post is gone already.
    virtual std::unique_ptr<Conversation> remove(const std::string& remote_id, const AccountFacts& account,
                                                 const Clock& clock) const = 0;
    // Who the token belongs to; ends in Identified.
    virtual std::unique_ptr<Conversation> identify(const AccountFacts& account, const Clock& clock) const = 0;
    // Sets the post's picture after it was published; ends in Published. Null where there is nothing to set.
    virtual std::unique_ptr<Conversation> set_picture(const PublishOrder& order, const std::string& remote_id,
                                                      const Clock& clock) const = 0;

    // Whether a published post is still there; ends in StillThere or Gone, and in anything else where that cannot be
    // told now. Null where the network does not let us look, or wants too much for it.
    virtual std::unique_ptr<Conversation> look(const std::string& remote_id, const AccountFacts& account,
                                               const Clock& clock) const
    {
        static_cast<void>(remote_id);
        static_cast<void>(account);
        static_cast<void>(clock);
        return nullptr;
    }

    // Gives a published post new words; ends in Published. Doing it twice does no harm. Null where the network cannot.
    virtual std::unique_ptr<Conversation> update(const PostEdit& edit, const std::string& remote_id,
                                                 const AccountFacts& account, const Clock& clock) const
    {
        static_cast<void>(edit);
        static_cast<void>(remote_id);
        static_cast<void>(account);
        static_cast<void>(clock);
        return nullptr;
    }

    // The id of the post that this address shows to people; nothing where it is none of this network.
    virtual std::optional<std::string> post_at(std::string_view address, const AccountFacts& account) const = 0;

    // What the network still demands before what is published through an app of one's own is public, or lasts.
    // For people, before they connect an account.
    struct Demand {
        std::string_view english, spanish;
    };
    virtual std::vector<Demand> demands() const { return {}; }

    // How a person connects an account in a browser. Null where the network has no such page.
    virtual const Consent* consent() const { return nullptr; }
    // With a name and a password. Null where the network has no such way, or a better one.
    virtual std::unique_ptr<ConsentExchange> sign_in(const SignIn& sign_in) const
    {
        static_cast<void>(sign_in);
        return nullptr;
    }

    // Nothing where tokens do not expire.
    virtual std::optional<Send> refresh(const Grant& grant) const = 0;
    virtual RefreshOutcome on_refreshed(const HttpReply& reply) const = 0;
};

using Platforms = std::vector<std::unique_ptr<Platform>>;

// Null when there is none of that name.
const Platform* find_platform(const Platforms& platforms, std::string_view name);

} // namespace vitrina
