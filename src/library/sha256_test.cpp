#include "library/sha256.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace vitrina;

namespace {

std::string hash_of(const std::vector<std::string>& pieces)
{
    Sha256 hash;
    for (const std::string& piece : pieces)
        hash.add(std::as_bytes(std::span(piece)));
    return hash.finish();
}

} // namespace

TEST_CASE("SHA-256, however the bytes come")
{
    CHECK(hash_of({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(hash_of({"abc"}) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hash_of({"a", "", "bc"}) == hash_of({"abc"}));
}
