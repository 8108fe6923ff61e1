#include "core/vault.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;

namespace {

const Secret key("0123456789abcdef0123456789abcdef");

} // namespace

TEST_CASE("what is sealed opens again, and never looks like itself")
{
    const Vault vault(key);
    CHECK(rc::check("round trip", [&vault](const std::string& text) {
        const std::string sealed = vault.seal(Secret(text), "row", "column");
        RC_ASSERT(vault.open(sealed, "row", "column").reveal() == text);
        RC_ASSERT(text.size() < 8 || sealed.find(text) == std::string::npos);
        RC_ASSERT(text.empty() || vault.seal(Secret(text), "row", "column") != sealed);
    }));
}

TEST_CASE("a ciphertext opens in its own place only")
{
    const Vault vault(key);
    const std::string sealed = vault.seal(Secret("token"), "account-1", "refresh_token");
    CHECK_THROWS_AS(vault.open(sealed, "account-2", "refresh_token"), VaultError);
    CHECK_THROWS_AS(vault.open(sealed, "account-1", "access_token"), VaultError);
    CHECK_THROWS_AS(Vault(Secret("another key, quite long")).open(sealed, "account-1", "refresh_token"), VaultError);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        CAPTURE(i);
        std::string changed = sealed;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        CHECK_THROWS_AS(vault.open(changed, "account-1", "refresh_token"), VaultError);
        CHECK_THROWS_AS(vault.open(sealed.substr(0, i + (i == 0)), "account-1", "refresh_token"), VaultError);
    }
}

TEST_CASE("a short key is refused")
{
    CHECK_THROWS_AS(Vault(Secret("hunter2")), std::invalid_argument);
}

TEST_CASE("a vault with a former key opens what that sealed, and seals with the present one")
{
    const Secret fresh("another key, quite long");
    const Vault before(key), after(SecretKeys{fresh, {key}}), without_it(fresh);
    const std::string sealed = before.seal(Secret("token"), "account-1", "refresh_token");
    CHECK(after.open(sealed, "account-1", "refresh_token").reveal() == "token");
    CHECK_THROWS_AS(after.open(sealed, "account-2", "refresh_token"), VaultError);
    const std::string anew = after.seal(Secret("token"), "account-1", "refresh_token");
    CHECK(without_it.open(anew, "account-1", "refresh_token").reveal() == "token");
    CHECK(anew.starts_with(Vault::start_of(after.key_id())));
    CHECK(after.key_id() != before.key_id());
}

TEST_CASE("a vault learns of a key that came while it was in use")
{
    SecretKeys here{key, {}};
    const Vault running([&here] { return here; });
    const std::string old = running.seal(Secret("old"), "row", "column");
    here = {Secret("another key, quite long"), {key}};
    const std::string fresh = Vault(here).seal(Secret("fresh"), "row", "column");
    CHECK(running.open(fresh, "row", "column").reveal() == "fresh");
    CHECK(running.open(old, "row", "column").reveal() == "old");
    CHECK(running.key_id() == Vault(here.present).key_id());
    // What is there now is no key: those it has go on.
    here = {};
    CHECK_THROWS_AS(
        running.open(Vault(Secret("nobody ever told it")).seal(Secret("x"), "row", "column"), "row", "column"),
        VaultError);
    CHECK(running.open(fresh, "row", "column").reveal() == "fresh");
}
