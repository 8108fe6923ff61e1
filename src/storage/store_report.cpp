#include "storage/store_report.hpp"

namespace vitrina {

std::string_view id_of(StoreAbility ability)
{
    switch (ability) {
    case StoreAbility::reachable: return "reachable";
    case StoreAbility::access: return "access";
    case StoreAbility::region: return "region";
    case StoreAbility::clock: return "clock";
    case StoreAbility::write: return "write";
    case StoreAbility::read: return "read";
    case StoreAbility::range: return "range";
    case StoreAbility::list: return "list";
    case StoreAbility::remove: return "remove";
    case StoreAbility::read_after_write: return "read_after_write";
    case StoreAbility::damage_refused: return "damage_refused";
    case StoreAbility::conditional_put: return "conditional_put";
    case StoreAbility::conditional_complete: return "conditional_complete";
    case StoreAbility::multipart: return "multipart";
    case StoreAbility::uneven_parts: return "uneven_parts";
    case StoreAbility::list_uploads: return "list_uploads";
    case StoreAbility::abort_upload: return "abort_upload";
    case StoreAbility::presigned: return "presigned";
    case StoreAbility::versions: return "versions";
    case StoreAbility::lifecycle: return "lifecycle";
    }
    return "";
}

} // namespace vitrina
