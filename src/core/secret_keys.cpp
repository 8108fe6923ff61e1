#include "core/secret_keys.hpp"

#include "core/random.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vitrina {
namespace {

[[noreturn]] void throw_key_error(const std::filesystem::path& file)
{
    throw std::system_error(errno, std::generic_category(), "the secret key " + file.string());
}

// Far more than anybody keeps.
constexpr std::size_t most_bytes = 16 << 10;

std::string read_whole(const std::filesystem::path& file)
{
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return {};
    std::string text(most_bytes, '\0');
    const ssize_t size = ::read(fd, text.data(), text.size());
    const int failure = errno;
    ::close(fd);
    if (size < 0) {
        errno = failure;
        throw_key_error(file);
    }
    text.resize(std::size_t(size));
    return text;
}

SecretKeys parse(const std::string& text)
{
    SecretKeys keys;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.empty())
            continue;
        if (keys.present.empty())
            keys.present = Secret(std::move(line));
        else
            keys.others.emplace_back(std::move(line));
    }
    return keys;
}

std::string to_text(const SecretKeys& keys)
{
    std::string text = keys.present.reveal();
    for (const Secret& other : keys.others)
        text += '\n' + other.reveal();
    return text;
}

// A file beside it, complete and on the disk.
std::filesystem::path write_beside(const std::filesystem::path& file, const std::string& text)
{
    std::filesystem::path fresh = file.string() + "." + random_hex(8);
    const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        throw_key_error(file);
    const bool written = ::write(fd, text.data(), text.size()) == ssize_t(text.size()) && ::fsync(fd) == 0;
    const int failure = errno;
    ::close(fd);
    if (!written) {
        ::unlink(fresh.c_str());
        errno = failure;
        throw_key_error(file);
    }
    return fresh;
}

void keep_directory(const std::filesystem::path& file)
{
    if (const int directory = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
        ::fsync(directory);
        ::close(directory);
    }
}

// Of two processes that start together one wins.
void place_first(const std::filesystem::path& file, const std::string& text)
{
    const std::filesystem::path fresh = write_beside(file, text);
    const bool linked = ::link(fresh.c_str(), file.c_str()) == 0 || errno == EEXIST;
    const int failure = errno;
    ::unlink(fresh.c_str());
    if (!linked) {
        errno = failure;
        throw_key_error(file);
    }
    keep_directory(file);
}

void replace(const std::filesystem::path& file, const std::string& text)
{
    const std::filesystem::path fresh = write_beside(file, text);
    if (::rename(fresh.c_str(), file.c_str()) != 0) {
        const int failure = errno;
        ::unlink(fresh.c_str());
        errno = failure;
        throw_key_error(file);
    }
    keep_directory(file);
}

} // namespace

SecretKeys find_secret_keys(const std::filesystem::path& file)
{
    return parse(read_whole(file));
}

bool bring_secret_key(const std::filesystem::path& file, const Secret& key)
{
    place_first(file, key.reveal());
    return find_secret_keys(file).present.reveal() == key.reveal();
}

SecretKeys keep_secret_keys(const std::filesystem::path& file)
{
    if (SecretKeys keys = find_secret_keys(file); !keys.present.empty())
        return keys;
    place_first(file, random_hex(32));
    SecretKeys kept = find_secret_keys(file);
    if (kept.present.empty())
        throw_key_error(file);
    return kept;
}

SecretKeys change_secret_key(const std::filesystem::path& file)
{
    SecretKeys keys = keep_secret_keys(file);
    keys.others.insert(keys.others.begin(), std::exchange(keys.present, Secret(random_hex(32))));
    replace(file, to_text(keys));
    return keys;
}

void forget_other_keys(const std::filesystem::path& file)
{
    const SecretKeys keys = find_secret_keys(file);
    if (!keys.others.empty())
        replace(file, keys.present.reveal());
}

} // namespace vitrina
