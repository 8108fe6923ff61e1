// Stored files: whole, ranges, conditions, with and without a descriptor.
#include "http/test_server.hpp"

#include <algorithm>
#include <fcntl.h>

using namespace vitrina;
using namespace vitrina::testing;

namespace {

// A file without a name.
class FileSource final : public ContentSource {
public:
    explicit FileSource(const std::string& bytes)
        : file_(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)), size_(bytes.size())
    {
        REQUIRE(::write(file_, bytes.data(), bytes.size()) == ssize_t(bytes.size()));
    }
    ~FileSource() override { ::close(file_); }
    std::uint64_t size() const override { return size_; }
    int descriptor() const override { return file_; }
    Task<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        const ssize_t got = ::pread(file_, out.data(), out.size(), off_t(offset));
        co_return std::size_t(std::max<ssize_t>(got, 0));
    }

private:
    int file_;
    std::uint64_t size_;
};

class MemorySource final : public ContentSource {
public:
    explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}
    std::uint64_t size() const override { return bytes_.size(); }
    int descriptor() const override { return -1; }
    Task<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        const auto part = std::string_view(bytes_).substr(offset, std::min<std::size_t>(out.size(), 1000));
        std::ranges::copy(std::as_bytes(std::span(part)), out.begin());
        co_return part.size();
    }

private:
    std::string bytes_;
};

std::string sample(std::size_t size)
{
    std::string bytes(size, ' ');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = char('a' + i * 7 % 26);
    return bytes;
}

const std::string small = sample(1000), large = sample(5'000'000);

std::vector<Route> routes()
{
    const auto serve = [](auto make) {
        return [make](const Request&) {
            return [](auto making) -> Task<Response> {
                Response response(200);
                response.headers.set("Cache-Control", "private");
                response.body = Content{making(), "video/mp4", "\"v1\"", 1'000'000'000};
                co_return response;
            }(make);
        };
    };
    return {route(Method::get, "/small", serve([] { return std::make_unique<FileSource>(small); })),
            route(Method::get, "/large", serve([] { return std::make_unique<FileSource>(large); })),
            route(Method::get, "/memory", serve([] { return std::make_unique<MemorySource>(small); })),
            route(Method::get, "/empty", serve([] { return std::make_unique<FileSource>(""); }))};
}

std::string get(RawClient& client, const std::string& path, const std::string& fields = "",
                const std::string& method = "GET")
{
    client.send(method + " " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
    return client.answer(method == "HEAD");
}

std::string body(const std::string& answer)
{
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

bool has(const std::string& answer, const std::string& line)
{
    return answer.find("\r\n" + line + "\r\n") != std::string::npos;
}

} // namespace

TEST_CASE("a file is sent whole, with what a player needs to know")
{
    TestServer server(routes());
    RawClient client = server.connect();
    const std::string answer = get(client, "/small");
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    for (const char* line : {"Content-Type: video/mp4", "Content-Length: 1000", "ETag: \"v1\"", "Accept-Ranges: bytes",
                             "Last-Modified: Sun, 09 Sep 2001 01:46:40 GMT", "Cache-Control: private"})
        CHECK(has(answer, line));
    CHECK(body(answer) == small);
    CHECK(body(get(client, "/large")) == large);
    CHECK(body(get(client, "/memory")) == small);
    CHECK(body(get(client, "/empty")).empty());
    CHECK(has(get(client, "/large", "", "HEAD"), "Content-Length: 5000000"));
    CHECK(body(get(client, "/small")) == small); // nothing was left over
}

TEST_CASE("one range")
{
    TestServer server(routes());
    RawClient client = server.connect();
    for (const std::string path : {"/small", "/memory"}) {
        const std::string answer = get(client, path, "Range: bytes=10-19\r\n");
        CHECK(answer.starts_with("HTTP/1.1 206 Partial Content\r\n"));
        CHECK(has(answer, "Content-Range: bytes 10-19/1000"));
        CHECK(has(answer, "Content-Length: 10"));
        CHECK(body(answer) == small.substr(10, 10));
        CHECK(body(get(client, path, "Range: bytes=-5\r\n")) == small.substr(995));
        CHECK(body(get(client, path, "Range: bytes=990-\r\n")) == small.substr(990));
    }
    CHECK(body(get(client, "/large", "Range: bytes=1048000-4000000\r\n")) == large.substr(1048000, 4000001 - 1048000));
    const std::string head = get(client, "/small", "Range: bytes=0-1\r\n", "HEAD");
    CHECK(head.starts_with("HTTP/1.1 206 "));
    CHECK(has(head, "Content-Length: 2"));
}

TEST_CASE("several ranges are sent as parts")
{
    TestServer server(routes());
    RawClient client = server.connect();
    const std::string answer = get(client, "/small", "Range: bytes=0-4,100-104,-1\r\n");
    CHECK(answer.starts_with("HTTP/1.1 206 "));
    const auto at = answer.find("multipart/byteranges; boundary=");
    REQUIRE(at != std::string::npos);
    const std::string boundary = answer.substr(at + 31, 32);
    std::string expected;
    for (const auto& [first, last] : {std::pair<std::size_t, std::size_t>{0, 4}, {100, 104}, {999, 999}})
        expected += "\r\n--" + boundary + "\r\nContent-Type: video/mp4\r\nContent-Range: bytes " +
                    std::to_string(first) + "-" + std::to_string(last) + "/1000\r\n\r\n" +
                    small.substr(first, last - first + 1);
    expected += "\r\n--" + boundary + "--\r\n";
    CHECK(body(answer) == expected);
}

TEST_CASE("absurd ranges")
{
    TestServer server(routes());
    RawClient client = server.connect();
    const std::string past = get(client, "/small", "Range: bytes=1000-\r\n");
    CHECK(past.starts_with("HTTP/1.1 416 "));
    CHECK(has(past, "Content-Range: bytes */1000"));
    CHECK_FALSE(has(past, "Content-Type: video/mp4"));
    std::string many = "Range: bytes=0-0";
    for (int i = 1; i < 500; ++i)
        many += ",1-1";
    for (const std::string& range : {std::string("Range: bytes=0-,0-,0-,0-"), many, std::string("Range: lines=1-2"),
                                     std::string("Range: bytes=zebra")})
        CHECK(body(get(client, "/small", range + "\r\n")) == small);
}

TEST_CASE("conditions")
{
    TestServer server(routes());
    RawClient client = server.connect();
    const std::string unchanged = get(client, "/small", "If-None-Match: \"v1\"\r\n");
    CHECK(unchanged.starts_with("HTTP/1.1 304 "));
    CHECK(has(unchanged, "ETag: \"v1\""));
    CHECK(has(unchanged, "Cache-Control: private"));
    CHECK_FALSE(has(unchanged, "Content-Length: 1000"));
    CHECK(get(client, "/small", "If-Match: \"v0\"\r\n").starts_with("HTTP/1.1 412 "));
    CHECK(get(client, "/small", "Range: bytes=0-4\r\nIf-Range: \"v1\"\r\n").starts_with("HTTP/1.1 206 "));
    CHECK(body(get(client, "/small", "Range: bytes=0-4\r\nIf-Range: \"v0\"\r\n")) == small);
}

TEST_CASE("a seeking player drops its connection without harm")
{
    TestServer server(routes());
    for (int i = 0; i < 20; ++i) {
        RawClient client = server.connect();
        client.send("GET /large HTTP/1.1\r\nHost: a\r\nRange: bytes=100-\r\n\r\n");
        CHECK(client.read_exactly(1000).size() == 1000);
        client.reset();
    }
    CHECK(eventually([&] { return server.server().counters().connections == 0; }));
}
