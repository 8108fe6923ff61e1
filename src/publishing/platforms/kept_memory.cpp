#include "publishing/platforms/kept_memory.hpp"

namespace vitrina {

std::int64_t KeptMemory::number(std::string_view name) const
{
    const auto* value = kept_.find({name});
    return value && value->is_int64() ? value->get_int64() : 0;
}

PublicationState KeptMemory::stage() const
{
    return parse_publication_state(text("stage")).value_or(PublicationState::opening);
}

} // namespace vitrina
