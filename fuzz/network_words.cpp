// What a network says outside of a post: the words that are kept as evidence, and its answers to who an account is and
// to a refresh. The first two bytes choose how a token is planted in the words; the rest are they.
// Instruments: src/publishing/evidence.cpp
// Instruments: src/publishing/platforms/youtube.cpp
// Instruments: src/publishing/platforms/youtube_reply.cpp
// Instruments: src/publishing/platforms/mastodon.cpp
// Instruments: src/publishing/platforms/mastodon_reply.cpp
// Instruments: src/publishing/platforms/tiktok.cpp
// Instruments: src/publishing/platforms/tiktok_reply.cpp
// Instruments: src/publishing/platforms/single_call.cpp
// Instruments: src/publishing/platforms/reply_json.cpp
// Instruments: src/publishing/platforms/waiting.cpp
#include "bytes.hpp"
#include "conversation.hpp"
#include "publishing/evidence.hpp"
#include "publishing/platforms/mastodon.hpp"
#include "publishing/platforms/tiktok.hpp"
#include "publishing/platforms/youtube.hpp"

#include <array>
#include <utf8proc.h>

using namespace vitrina;
using fuzz::require;

namespace {

constexpr std::string_view token = "ya29.A0ARrdaM-k9Vq7";

void check_evidence(std::string_view body)
{
    const std::string kept = evidence_of(body);
    require(kept.size() <= 4096, "evidence is short");
    for (std::size_t at = 0; at < kept.size();) {
        utf8proc_int32_t character = 0;
        const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(kept.data()) + at,
                                             utf8proc_ssize_t(kept.size() - at), &character);
        require(length > 0, "evidence is UTF-8");
        at += std::size_t(length);
    }
}

void check_planted(std::uint8_t name, std::uint8_t sign, std::string_view before, std::string_view after)
{
    constexpr std::array names{"access_token", "refresh_token", "client_secret", "Authorization",
                               "Bearer",       "password",      "ID_TOKEN",      "upload_id"};
    constexpr std::array signs{"\":\"", "=", " : '", " ", "\\\":\\\"", ">", "%3D", "\": \n\""};
    std::string body(before);
    body += std::string(names[name % names.size()]) + signs[sign % signs.size()] + std::string(token) + "\"" +
            std::string(after);
    check_evidence(body);
    const auto shows_it = [](std::string_view words) { return evidence_of(words).find(token) != std::string::npos; };
    if (!shows_it(before) && !shows_it(after)) // fuzzers learn the token, and write it themselves
        require(!shows_it(body), "a token is hidden");
}

void check_answers(const Platform& platform, const HttpReply& reply)
{
    const fuzz::StandingClock clock;
    const auto identify = platform.identify({"https://mastodon.example", ""}, clock);
    require(std::holds_alternative<Send>(identify->resume()), "who it is has to be asked");
    const Step step = identify->on_reply(reply);
    if (const auto* found = std::get_if<Identified>(&step))
        require(reply.status == 200 && !found->remote_id.empty(), "an account has an id");
    require(!std::holds_alternative<Published>(step) && !std::holds_alternative<Removed>(step),
            "nothing else came of it");

    const RefreshOutcome outcome = platform.on_refreshed(reply);
    if (const auto* fresh = std::get_if<FreshTokens>(&outcome)) {
        require(reply.status == 200 && !fresh->access_token.empty(), "only a success brings a token");
        require(!fresh->expires_in || (fresh->expires_in->count() > 0 && fresh->expires_in->count() <= 86'400 * 365),
                "it lives a while");
    }
    if (std::holds_alternative<GrantDead>(outcome) && platform.name() == "youtube")
        require(reply.status == 400, "trouble is no end of a grant");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto youtube = make_youtube();
    static const auto mastodon = make_mastodon();
    static const auto tiktok = make_tiktok();
    if (size < 2)
        return 0;
    const std::string_view text = fuzz::text(data + 2, size - 2);
    check_evidence(text);
    check_planted(data[0], data[1], text.substr(0, text.size() / 2), text.substr(text.size() / 2));
    const HttpReply reply = fuzz::reply_of(text);
    check_answers(*youtube, reply);
    check_answers(*mastodon, reply);
    check_answers(*tiktok, reply);
    return 0;
}
