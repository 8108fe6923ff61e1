#pragma once
#include "sandbox/sqlite.hpp"

#include <string>

namespace vitrina::sandbox {

// Makes the networks' ids and tokens. They follow from the seed and a counter in the ledger: never the same twice,
// the same in every run with the same seed, and unguessable when the seed was left to chance.
class Names {
public:
    // An empty seed takes the one of the ledger, or a random one on first start.
    Names(Sqlite& database, std::string seed);

    std::string token(std::size_t characters); // A–Z a–z 0–9 - _
    std::string number(std::size_t digits);    // decimal, no leading zero, rising: as Mastodon's ids do
    std::string uuid();

private:
    std::string next(); // 32 raw bytes
    Sqlite& database_;
    std::string seed_;
};

} // namespace vitrina::sandbox
