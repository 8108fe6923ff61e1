#include "api/bearer.hpp"

namespace vitrina {

std::string bearer_of(const Request& request)
{
    static constexpr std::string_view scheme = "bearer ";
    std::string_view value = request.headers.get("Authorization");
    if (value.size() < scheme.size())
        return {};
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        if ((value[i] | 0x20) != (scheme[i] | 0x20))
            return {};
    }
    value.remove_prefix(scheme.size());
    while (value.starts_with(' '))
        value.remove_prefix(1);
    return std::string(value);
}

} // namespace vitrina
