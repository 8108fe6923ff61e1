#pragma once
#include "core/clock.hpp"
#include "core/publication.hpp"
#include "publishing/platforms/reply_json.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace vitrina {

// What a conversation remembered (Conversation::memory()), read back. What is missing is "", 0 and the beginning.
class KeptMemory {
public:
    explicit KeptMemory(std::string_view memory) : kept_(memory) {}

    bool is_empty() const { return !kept_.is_object(); }
    std::string text(std::string_view name) const { return kept_.text({name}); }
    std::int64_t number(std::string_view name) const;
    Instant instant(std::string_view name) const { return Instant{std::chrono::microseconds(number(name))}; }
    // `name` is always "stage".
    PublicationState stage() const;
    const ReplyJson& json() const { return kept_; }

private:
    ReplyJson kept_;
};

// For the other direction.
inline std::int64_t in_memory(Instant instant)
{
    return instant.time_since_epoch().count();
}

} // namespace vitrina
