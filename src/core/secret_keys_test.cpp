#include "core/secret_keys.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>

using namespace vitrina;

namespace {

class Folder {
public:
    Folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "vitrina-keys-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

mode_t mode_of(const std::filesystem::path& file)
{
    struct stat info{};
    REQUIRE(::stat(file.c_str(), &info) == 0);
    return info.st_mode & 0777;
}

auto files_in(const std::filesystem::path& folder)
{
    return std::distance(std::filesystem::directory_iterator(folder), {});
}

} // namespace

TEST_CASE("the key is made once, kept, and nobody else may read it")
{
    Folder folder;
    const auto file = folder.path / "secret.key";
    CHECK(find_secret_keys(file).present.empty());
    const SecretKeys first = keep_secret_keys(file);
    CHECK(first.present.reveal().size() == 64);
    CHECK(first.others.empty());
    CHECK(keep_secret_keys(file).present.reveal() == first.present.reveal());
    CHECK(mode_of(file) == 0600);
    CHECK(files_in(folder.path) == 1);

    const auto unmakable = folder.path / "missing" / "secret.key";
    CHECK_THROWS_AS(keep_secret_keys(unmakable), std::system_error);
}

TEST_CASE("a key that is changed leaves the former one behind it, until it is forgotten")
{
    Folder folder;
    const auto file = folder.path / "secret.key";
    const SecretKeys first = keep_secret_keys(file), second = change_secret_key(file), third = change_secret_key(file);
    CHECK(second.present.reveal() != first.present.reveal());
    REQUIRE(third.others.size() == 2);
    CHECK(third.others[0].reveal() == second.present.reveal());
    CHECK(third.others[1].reveal() == first.present.reveal());
    const SecretKeys kept = find_secret_keys(file);
    CHECK(kept.present.reveal() == third.present.reveal());
    CHECK(kept.others.size() == 2);
    CHECK(mode_of(file) == 0600);

    forget_other_keys(file);
    CHECK(find_secret_keys(file).present.reveal() == third.present.reveal());
    CHECK(find_secret_keys(file).others.empty());
    CHECK(files_in(folder.path) == 1);
}

TEST_CASE("a key from elsewhere never takes the place of another one")
{
    Folder folder;
    const auto file = folder.path / "secret.key";
    const Secret brought("one that was kept in a backup");
    CHECK(bring_secret_key(file, brought));
    CHECK(bring_secret_key(file, brought));
    CHECK(!bring_secret_key(file, Secret("quite another one, and longer")));
    CHECK(find_secret_keys(file).present.reveal() == brought.reveal());
}
