#pragma once
#include "core/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vitrina {

// The words of a conversation with a network: a reply comes in, the next step goes out. A platform decides; one
// driver does the I/O.

using HttpFields = std::vector<std::pair<std::string, std::string>>;

struct HttpReply {
    int status = 0;
    HttpFields headers;
    std::string body;

    // The first field of that name, in any case; "" when there is none.
    std::string_view header(std::string_view name) const;
};

// No complete answer came to a Send.
enum class Loss {
    not_sent, // certainly: no address, no connection, no TLS session
    unknown,  // at least one byte left
};

// A range of a stored file, streamed between the texts of a body.
struct Slice {
    enum class File { original, thumbnail } file = File::original;
    std::uint64_t offset = 0, length = 0;
};

struct Send {
    enum class Purpose {
        ordinary,  // repeating it leaves at worst an orphan that nobody sees
        commit,    // irreversible: armed first, then sent once
        reconcile, // asks what became of a commit without an answer
    };
    // How the account's access token goes along.
    enum class Credentials {
        bearer, // "Authorization: Bearer TOKEN"
        oauth,  // "Authorization: OAuth TOKEN": Meta's upload hosts
        query,  // the parameter access_token of the address: Meta's Graph API
        none,   // not at all
    };

    std::string what; // "open session": for the log, which never shows the address
    std::string method;
    std::string url;
    HttpFields headers = {};
    std::string before = {}; // the body: this, then the slice, then `after`
    std::optional<Slice> slice = {};
    std::string after = {};
    Purpose purpose = Purpose::ordinary;
    Credentials credentials = Credentials::bearer;
    std::chrono::seconds answer_within{120};
};

// Nothing to do until then. Never a loop in a worker: the publication is put aside.
struct Wait {
    enum class Kind {
        processing,   // the network works on it
        transient,    // it is in trouble; without `until` the driver backs off
        rate_limited, // asked to slow down; uses up no attempt
        quota,        // today's allowance is used up
        anew,         // it says itself that it could not take the post: what was sent is void, and is sent once more
    };
    Kind kind = Kind::processing;
    std::optional<Instant> until;
    std::string why;
};

// The network itself says that the post is there.
struct Published {
    std::string remote_id;
    std::string url; // "" while it is not known
};

// The access token is not taken. The driver refreshes it once and resumes; then a person has to reconnect.
struct Reconnect {
    std::string why;
};

// Final. `words` are the network's own where it gave any.
struct Refused {
    enum class Kind { invalid_content, not_permitted, processing_failed, source_changed, gave_up };
    Kind kind = Kind::invalid_content;
    std::string code; // the network's reason, or ours
    std::string words;
};

// Only the person can finish it, over there; asked again at `until`.
struct NeedsUser {
    std::string remote_id, url;
    std::string why;
    Instant until{};
};

// A commit went out, and neither its success nor its failure can be proven: a person decides.
struct Undecided {
    std::string why;
};

// The end of other conversations than publishing.
struct Removed {};
struct Identified {
    std::string remote_id;
    std::string name;
};
// Of a look at a published post. "" where the network does not say.
struct StillThere {
    std::string url;
    std::string privacy; // as our options name it, where they do
};
// The network says definitely that it has no such post, to a token that it takes as this account's.
struct Gone {};

using Step = std::variant<Send, Wait, Published, Reconnect, Refused, NeedsUser, Undecided, Removed, Identified,
                          StillThere, Gone>;

} // namespace vitrina
