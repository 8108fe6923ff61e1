#include "sandbox/uploads.hpp"

#include "core/digest.hpp"
#include "core/errors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace vitrina::sandbox {
namespace {

// Often enough that a kill loses little, seldom enough that the ledger's fsync does not slow a large upload.
constexpr std::uint64_t most_kept = 2ull << 30;
constexpr std::uint64_t record_every = 8 * 1024 * 1024;

class File {
public:
    explicit File(const std::filesystem::path& path)
        : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600))
    {
        if (descriptor_ < 0)
            throw std::system_error(errno, std::generic_category(), path.string());
    }
    ~File() { ::close(descriptor_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    void write(std::span<const std::byte> bytes, std::uint64_t offset)
    {
        while (!bytes.empty()) {
            const ssize_t wrote = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (wrote < 0 && errno == EINTR)
                continue;
            if (wrote < 0)
                throw std::system_error(errno, std::generic_category(), "writing an upload");
            bytes = bytes.subspan(static_cast<std::size_t>(wrote));
            offset += static_cast<std::uint64_t>(wrote);
        }
    }

private:
    int descriptor_;
};

constexpr std::string_view columns =
    "SELECT id, network, account, metadata, content_type, total, received, chunk, post, opened FROM uploads ";

Upload read_upload(const Sqlite::Row& row)
{
    const auto number = [&](std::size_t column) { return static_cast<std::uint64_t>(to_number(row[column])); };
    return {row[0], row[1], row[2], row[3], row[4], number(5), number(6), number(7), row[8], to_instant(row[9])};
}

} // namespace

Uploads::Uploads(Sqlite& database, std::filesystem::path folder, std::uint64_t keep_bytes_up_to)
    : database_(database), folder_(std::move(folder)), keep_bytes_up_to_(keep_bytes_up_to)
{
    database_.run("CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, network TEXT, account TEXT, metadata TEXT,"
                  " content_type TEXT, total INTEGER, received INTEGER, chunk INTEGER, post TEXT, opened INTEGER)");
    std::filesystem::create_directories(folder_ / "kept");
    // A kill between the post and forget_bytes() leaves the file.
    for (const auto& row : database_.rows("SELECT id FROM uploads WHERE post <> ''"))
        std::filesystem::remove(folder_ / row[0]);
}

void Uploads::open(const Upload& upload)
{
    database_.run("INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", upload.id, upload.network,
                  upload.account, upload.metadata, upload.content_type, upload.total, upload.received, upload.chunk,
                  upload.post, upload.opened);
}

std::optional<Upload> Uploads::find(std::string_view network, std::string_view id) const
{
    const auto rows = database_.rows(std::string(columns) + "WHERE network = ? AND id = ?", network, id);
    return rows.empty() ? std::nullopt : std::optional(read_upload(rows.front()));
}

std::vector<Upload> Uploads::list() const
{
    std::vector<Upload> uploads;
    for (const auto& row : database_.rows(std::string(columns) + "ORDER BY opened, id"))
        uploads.push_back(read_upload(row));
    return uploads;
}

void Uploads::remember_chunk(Upload& upload, std::uint64_t size)
{
    upload.chunk = size;
    database_.run("UPDATE uploads SET chunk = ? WHERE id = ?", size, upload.id);
}

void Uploads::backdate(Upload& upload, Instant opened)
{
    upload.opened = opened;
    database_.run("UPDATE uploads SET opened = ? WHERE id = ?", opened, upload.id);
}

void Uploads::announce(Upload& upload, std::uint64_t total)
{
    upload.total = total;
    database_.run("UPDATE uploads SET total = ? WHERE id = ?", total, upload.id);
}

void Uploads::describe(Upload& upload, std::string metadata)
{
    upload.metadata = std::move(metadata);
    database_.run("UPDATE uploads SET metadata = ? WHERE id = ?", upload.metadata, upload.id);
}

void Uploads::remove(const Upload& upload)
{
    ++newest_request_[upload.id];
    database_.run("DELETE FROM uploads WHERE id = ?", upload.id);
    std::filesystem::remove(file_of(upload));
}

void Uploads::record(Upload& upload, std::uint64_t received)
{
    upload.received = received;
    database_.run("UPDATE uploads SET received = ? WHERE id = ?", received, upload.id);
}

Task<> Uploads::receive(Upload& upload, BodyStream& body, Keeping keeping)
{
    const std::uint64_t mine = ++newest_request_[upload.id];
    const std::uint64_t start = upload.received;
    const auto whole_blocks = [&](std::uint64_t end) {
        return start + (end - start) / keeping.multiple_of * keeping.multiple_of;
    };
    File file(file_of(upload));
    std::uint64_t end = start;
    std::exception_ptr broken;
    for (;;) {
        std::span<const std::byte> bytes;
        try {
            bytes = co_await body.read();
        } catch (...) {
            broken = std::current_exception();
        }
        if (newest_request_[upload.id] != mine)
            throw Disconnected("a newer request took this upload over");
        if (broken || bytes.empty())
            break;
        file.write(bytes, end);
        end += bytes.size();
        if (!keeping.at_most && whole_blocks(end) >= upload.received + record_every)
            record(upload, whole_blocks(end));
    }
    const bool finished = end == upload.total && !broken;
    const std::uint64_t kept = finished ? end : whole_blocks(end);
    record(upload, keeping.at_most ? std::min(kept, start + *keeping.at_most) : kept);
    if (broken)
        std::rethrow_exception(broken);
}

void Uploads::write(Upload& upload, std::uint64_t offset, std::string_view bytes)
{
    File(file_of(upload)).write(std::as_bytes(std::span(bytes)), offset);
    record(upload, std::max(upload.received, offset + bytes.size()));
}

Task<std::string> Uploads::digest(const Upload& upload)
{
    auto work = [file = file_of(upload), total = upload.total] {
        std::ifstream in(file, std::ios::binary);
        std::vector<char> slice(1024 * 1024);
        Sha256Sum digest;
        std::uint64_t left = total;
        while (left > 0) {
            const auto want = static_cast<std::streamsize>(std::min<std::uint64_t>(left, slice.size()));
            if (!in.read(slice.data(), want))
                throw std::runtime_error("an upload's bytes are not on the disk");
            digest.add(std::string_view(slice.data(), static_cast<std::size_t>(want)));
            left -= static_cast<std::uint64_t>(want);
        }
        return hex(digest.finish());
    };
    auto result = co_await run_on(hashing_, std::move(work));
    co_return result;
}

void Uploads::finish(Upload& upload, std::string post)
{
    upload.post = std::move(post);
    database_.run("UPDATE uploads SET post = ? WHERE id = ?", upload.post, upload.id);
}

void Uploads::forget_bytes(const Upload& upload, const std::string& sha256)
{
    if (upload.total <= keep_bytes_up_to_)
        std::filesystem::rename(file_of(upload), kept(sha256));
    else
        std::filesystem::remove(file_of(upload));
    make_room();
}

// The oldest go first: a player for last month's test post is nothing to fill a disk for.
void Uploads::make_room() const
{
    std::vector<std::filesystem::directory_entry> files;
    std::uint64_t total = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder_ / "kept")) {
        total += file.file_size();
        files.push_back(file);
    }
    std::ranges::sort(files, {}, [](const auto& file) { return file.last_write_time(); });
    for (const auto& file : files) {
        if (total <= most_kept)
            return;
        total -= file.file_size();
        std::filesystem::remove(file.path());
    }
}

void Uploads::keep_bytes(const std::string& sha256, std::string_view bytes)
{
    if (bytes.size() <= keep_bytes_up_to_)
        File(kept(sha256)).write(std::as_bytes(std::span(bytes)), 0);
    make_room();
}

} // namespace vitrina::sandbox
