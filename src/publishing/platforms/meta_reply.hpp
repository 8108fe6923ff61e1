#pragma once
#include "publishing/platform.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// What Facebook and Instagram share: the answers of Meta's Graph API and of its upload host.

// {"error":{…}}. Never classified by "type", which is nearly always OAuthException.
struct MetaError {
    std::int64_t code = 0, subcode = 0; // 0: it says none
    bool transient = false;             // it says so itself
    std::string words;                  // for a person where Meta gives those, else for a programmer; "" for none

    std::string name() const; // "100/33": for the log, and for whoever looks it up
    bool is(std::int64_t wanted_code, std::int64_t wanted_subcode) const
    {
        return code == wanted_code && subcode == wanted_subcode;
    }
};
// Nothing when the answer is no error of the Graph API: a success, or a gateway's page.
std::optional<MetaError> meta_error(const HttpReply& reply);

// Where the post may be there although the answer is an error: a fault on Meta's side, "blocked" (which has come with
// the post live), a duplicate.
bool leaves_in_doubt(const HttpReply& reply);

// What an answer that is no success means for whoever asked; `title` is the network's name.
Step meta_trouble(const HttpReply& reply, Instant now, std::string_view title);

// Of what is not there Meta says the same as of what a token may not see. So a look that found nothing asks on: whose
// the token is (`identify`), and then, as `list`, whether it may see what `account` has. Ends in Identified.
std::unique_ptr<Conversation> make_meta_proof(Send identify, Send list, std::string account, const Clock& clock,
                                              std::string_view title);

// A part of a video goes to the address that was opened for it: from `offset` to the end of the file, in one request.
// Nothing when the address is not at Meta's upload host: the token goes along.
std::optional<Send> rupload(const std::string& url, std::uint64_t offset, std::uint64_t size);

enum class Rupload {
    stored,
    again, // the same session goes on
    gone,  // the session will not do any more
};
Rupload rupload_outcome(const HttpReply& reply);
// What it said; "" for nothing.
std::string rupload_words(const HttpReply& reply);

// Of a video or a container: how many bytes the upload host has. Nothing where it does not say.
std::optional<std::uint64_t> uploaded_bytes(const HttpReply& reply, std::string_view member);

} // namespace vitrina
