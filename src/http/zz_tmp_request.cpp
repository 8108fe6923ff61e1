#include "http/request.hpp"
#include <strings.h>
namespace vitrina {
std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (auto& f : fields_) if (f.name.size()==name.size() && strncasecmp(f.name.data(), name.data(), name.size())==0) return f.value;
    return std::nullopt;
}
}
