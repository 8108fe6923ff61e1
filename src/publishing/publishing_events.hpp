#pragma once
#include "core/clock.hpp"
#include "core/publication.hpp"
#include "db/database.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// What a publication's events say of it.
struct PublicationNews {
    std::string id, video, account, platform;
    PublicationState state = PublicationState::queued;
    std::string reason_code, url; // "" where there is none
    struct Upload {
        std::uint64_t sent = 0, total = 0; // bytes, as the network confirmed them
        std::optional<std::chrono::seconds> remaining;
    };
    std::optional<Upload> upload;
};

// What publishing tells, each in the transaction in which it comes true (events/append_event.hpp).
Task<> tell_publication(Transaction& transaction, std::string_view type, PublicationNews news, Instant at);
// Of a change of state: `publication.published`, …; states that are only on the way are `publication.progressed`.
Task<> tell_publication_state(Transaction& transaction, PublicationNews news, Instant at);
// `publication.upload_progress`, with `upload`.
Task<> tell_upload_progress(Transaction& transaction, PublicationNews news, Instant at);
Task<> tell_account(Transaction& transaction, std::string_view type, std::string id, std::string platform, Instant at);

} // namespace vitrina
