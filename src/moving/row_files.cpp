#include "moving/row_files.hpp"

#include "core/fail_point.hpp"
#include "moving/library_place.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <stdexcept>

namespace vitrina {
namespace {

namespace json = boost::json;

constexpr std::uint64_t file_size = 64u << 20;
constexpr std::size_t buffer_size = 256u << 10;
constexpr std::size_t longest_line = 16u << 20;

json::value to_value(const Value& value)
{
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return *number;
    if (const auto* real = std::get_if<double>(&value))
        return *real;
    if (const auto* text = std::get_if<std::string>(&value))
        return json::string(*text);
    return nullptr;
}

Value from_value(const json::value& value)
{
    if (value.is_int64())
        return value.get_int64();
    if (value.is_double())
        return value.get_double();
    if (value.is_string())
        return std::string(value.get_string());
    if (value.is_null())
        return std::monostate{};
    throw std::runtime_error("a row of a backup has a value of an unknown kind");
}

const TableRows* find_table(const Manifest& manifest, const std::string& name)
{
    const auto found = std::ranges::find(manifest.tables, name, &TableRows::name);
    return found == manifest.tables.end() ? nullptr : &*found;
}

class FileCursor final : public RowCursor {
public:
    FileCursor(ObjectStore& store, std::string id, const TableRows* table)
        : store_(store), id_(std::move(id)), table_(table)
    {
    }

    Task<std::vector<Record>> next_page() override
    {
        std::vector<Record> records;
        while (records.empty() && table_) {
            if (!source_) {
                const bool opened = co_await open_next();
                if (!opened)
                    co_return records;
            }
            co_await read_more();
            take_lines(records);
            if (at_ == present().size)
                end_file();
        }
        co_return records;
    }

private:
    const RowFile& present() const { return table_->files[number_]; }

    Task<bool> open_next()
    {
        if (number_ == table_->files.size())
            co_return false;
        source_ = co_await store_.open(snapshot_key(id_, present().name));
        if (!source_ || source_->size() != present().size)
            fail("is missing or has another size");
        sum_ = Sha256Sum();
        at_ = 0;
        rows_ = 0;
        co_return true;
    }

    Task<> read_more()
    {
        const std::size_t wanted = std::size_t(std::min<std::uint64_t>(buffer_size, present().size - at_));
        const std::size_t kept = buffer_.size();
        buffer_.resize(kept + wanted);
        const auto room = std::as_writable_bytes(std::span(buffer_)).subspan(kept);
        const std::size_t got = co_await source_->read(at_, room);
        if (got == 0 && wanted > 0)
            fail("ends too early");
        buffer_.resize(kept + got);
        sum_.add(std::string_view(buffer_).substr(kept));
        at_ += got;
    }

    void take_lines(std::vector<Record>& records)
    {
        std::size_t from = 0;
        for (std::size_t end = buffer_.find('\n'); end != std::string::npos; end = buffer_.find('\n', from)) {
            try {
                records.push_back(parse_line(std::string_view(buffer_).substr(from, end - from)));
            } catch (const std::exception&) {
                fail("has a line that is no row");
            }
            if (records.back().size() != table_->columns.size())
                fail("has a row with other columns");
            from = end + 1;
            ++rows_;
        }
        buffer_.erase(0, from);
        if (buffer_.size() > longest_line)
            fail("has a line that does not end");
    }

    void end_file()
    {
        if (!buffer_.empty() || rows_ != present().rows)
            fail("has another number of rows");
        if (hex(sum_.finish()) != present().sha256)
            fail("has another SHA-256 than the manifest says");
        source_.reset();
        ++number_;
    }

    [[noreturn]] void fail(const std::string& what) const
    {
        throw MoveRefused("The backup " + id_ + " is damaged: " + present().name + " " + what + ".");
    }

    ObjectStore& store_;
    const std::string id_;
    const TableRows* const table_; // null: the backup has no such table
    std::size_t number_ = 0;       // of the present file
    std::unique_ptr<ContentSource> source_;
    Sha256Sum sum_;
    std::uint64_t at_ = 0, rows_ = 0;
    std::string buffer_; // what is not yet a whole line
};

} // namespace

std::string to_line(const Record& record)
{
    json::array values;
    values.reserve(record.size());
    for (const Value& value : record)
        values.push_back(to_value(value));
    return json::serialize(values) + "\n";
}

Record parse_line(std::string_view line)
{
    json::parse_options options;
    options.allow_invalid_utf8 = true; // as it was found, so it goes back
    const json::value value = json::parse(line, {}, options);
    Record record;
    for (const json::value& one : value.as_array())
        record.push_back(from_value(one));
    return record;
}

RowFileWriter::RowFileWriter(ObjectStore& store, std::string id, const Table& table) : store_(store), id_(std::move(id))
{
    rows_.name = table.name;
    rows_.columns = table.columns;
}

Task<> RowFileWriter::add(const Record& record)
{
    buffer_ += to_line(record);
    ++file_.rows;
    ++rows_.rows;
    if (buffer_.size() >= buffer_size)
        co_await flush();
    if (file_.size >= file_size)
        co_await end_file();
}

Task<> RowFileWriter::flush()
{
    if (buffer_.empty())
        co_return;
    if (!writer_) {
        char number[16];
        std::snprintf(number, sizeof number, "-%06zu", rows_.files.size() + 1);
        file_.name = "rows/" + rows_.name + number + ".jsonl";
        writer_ = co_await store_.create(snapshot_key(id_, file_.name));
        sum_ = Sha256Sum();
    }
    sum_.add(buffer_);
    co_await writer_->write(std::as_bytes(std::span(buffer_)));
    file_.size += buffer_.size();
    buffer_.clear();
}

Task<> RowFileWriter::end_file()
{
    co_await flush();
    if (!writer_)
        co_return;
    co_await writer_->finish();
    FAIL_POINT("row_files.written");
    writer_.reset();
    file_.sha256 = hex(sum_.finish());
    rows_.files.push_back(std::move(file_));
    file_ = {};
}

Task<TableRows> RowFileWriter::finish()
{
    co_await end_file();
    co_return std::move(rows_);
}

std::unique_ptr<RowCursor> BackupRows::rows_of(const Table& table)
{
    return std::make_unique<FileCursor>(store_, manifest_.id, find_table(manifest_, table.name));
}

} // namespace vitrina
