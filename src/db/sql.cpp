#include "db/database.hpp"

#include <mutex>
#include <set>

namespace vitrina {

Sql Sql::of_schema(const std::string& text)
{
    static std::mutex mutex;
    static std::set<std::string> kept; // its texts never move
    const std::lock_guard lock(mutex);
    return Sql(std::string_view(*kept.insert(text).first));
}

} // namespace vitrina
