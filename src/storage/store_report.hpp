#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// What one wants to know of a store before one trusts it with videos. The names are told to scripts (`id_of`).
enum class StoreAbility {
    reachable,
    access,
    region,
    clock,
    write,
    read,
    range,
    list,
    remove,
    read_after_write,
    damage_refused,
    conditional_put,
    conditional_complete,
    multipart,
    uneven_parts,
    list_uploads,
    abort_upload,
    presigned,
    versions,
    lifecycle,
};

struct StoreFinding {
    enum class State { good, doubtful, bad };
    StoreAbility ability;
    State state = State::good;
    bool has = true;    // the ability, whether or not it is needed
    std::string detail; // facts: a number, a status, the store's own code, a sentence; "" when there is nothing to add
};

using StoreReport = std::vector<StoreFinding>;

// "conditional_put"
std::string_view id_of(StoreAbility ability);

} // namespace vitrina
