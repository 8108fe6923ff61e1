#include "core/vault.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <rapidcheck.h>
#include <sys/stat.h>

using namespace vitrina;

namespace {

const Secret key("0123456789abcdef0123456789abcdef");

class Folder {
public:
    Folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "vitrina-vault-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

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

TEST_CASE("the key is made once, kept, and nobody else may read it")
{
    Folder folder;
    const auto file = folder.path / "secret.key";
    const Secret first = keep_secret_key(file);
    CHECK(first.reveal().size() == 64);
    CHECK(keep_secret_key(file).reveal() == first.reveal());
    struct stat info{};
    REQUIRE(::stat(file.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);

    const auto unmakable = folder.path / "missing" / "secret.key";
    CHECK_THROWS_AS(keep_secret_key(unmakable), std::system_error);
}
