// HTTPS, with a certificate made on the spot.
#include "http/test_server.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

using namespace vitrina;
using namespace vitrina::testing;

namespace {

template <auto Free>
struct Release {
    template <class T>
    void operator()(T* p) const
    {
        Free(p);
    }
};
using File = std::unique_ptr<std::FILE, Release<std::fclose>>;

class TemporaryCertificate {
public:
    TemporaryCertificate()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "vitrina-tls-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()));
        directory_ = pattern;
        const std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
        const std::unique_ptr<X509, Release<X509_free>> certificate(X509_new());
        ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
        X509_set_pubkey(certificate.get(), key.get());
        X509_sign(certificate.get(), key.get(), EVP_sha256());
        PEM_write_X509(File(std::fopen(files().certificate.c_str(), "w")).get(), certificate.get());
        PEM_write_PrivateKey(File(std::fopen(files().key.c_str(), "w")).get(), key.get(), nullptr, nullptr, 0, nullptr,
                             nullptr);
    }
    ~TemporaryCertificate() { std::filesystem::remove_all(directory_); }
    TlsFiles files() const { return {directory_ / "cert.pem", directory_ / "key.pem"}; }

private:
    std::filesystem::path directory_;
};

class TlsClient {
public:
    explicit TlsClient(std::uint16_t port, int most = TLS1_3_VERSION)
        : raw_(port), context_(SSL_CTX_new(TLS_client_method()))
    {
        SSL_CTX_set_max_proto_version(context_.get(), most);
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_fd(ssl_.get(), raw_.descriptor());
    }
    bool connect() { return SSL_connect(ssl_.get()) == 1; }
    void send(std::string_view bytes) { CHECK(SSL_write(ssl_.get(), bytes.data(), int(bytes.size())) > 0); }
    std::string rest()
    {
        std::string all;
        char block[16384];
        int got;
        while ((got = SSL_read(ssl_.get(), block, sizeof block)) > 0)
            all.append(block, std::size_t(got));
        return all;
    }

private:
    RawClient raw_;
    std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>> context_;
    std::unique_ptr<SSL, Release<SSL_free>> ssl_;
};

Task<Response> describe(const Request& request)
{
    co_return Response(200, "text/plain", request.scheme + " " + std::to_string(request.body.size()));
}

Task<Response> much(const Request&)
{
    co_return Response(200, "text/plain", std::string(10'000'000, 'm'));
}

class Text final : public ContentSource {
public:
    std::uint64_t size() const override { return 1'000'000; }
    int descriptor() const override { return -1; }
    Task<std::size_t> read(std::uint64_t, std::span<std::byte> out) override
    {
        std::ranges::fill(out, std::byte('t'));
        co_return out.size();
    }
};

Task<Response> file(const Request&)
{
    Response response(200);
    response.body = Content{std::make_unique<Text>(), "text/plain", "", 0};
    co_return response;
}

std::vector<Route> routes()
{
    auto large = route(Method::post, "/", describe, Body::buffered);
    large.max_body = 16 << 20;
    return {route(Method::get, "/", describe), large, route(Method::get, "/much", much),
            route(Method::get, "/file", file)};
}

ServerOptions with(const TemporaryCertificate& certificate)
{
    ServerOptions options = TestServer::quick();
    options.tls = certificate.files();
    return options;
}

} // namespace

TEST_CASE("requests, large bodies and large answers through TLS 1.2 and 1.3")
{
    const TemporaryCertificate certificate;
    TestServer server(routes(), {}, with(certificate));
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient client(server.port(), version);
        REQUIRE(client.connect());
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        const std::string body(5'000'000, 'b');
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + body);
        client.send("GET /much HTTP/1.1\r\nHost: a\r\n\r\nGET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        const std::string all = client.rest();
        CHECK(all.find("\r\n\r\nhttps 0HTTP/1.1") != std::string::npos);
        CHECK(all.find("\r\n\r\nhttps 5000000HTTP/1.1") != std::string::npos);
        CHECK(std::ranges::count(all, 'm') >= 10'000'000);
        CHECK(all.ends_with(std::string(1'000'000, 't')));
    }
}

TEST_CASE("old versions and plain talk on a TLS port get nowhere")
{
    const TemporaryCertificate certificate;
    TestServer server(routes(), {}, with(certificate));
    CHECK_FALSE(TlsClient(server.port(), TLS1_1_VERSION).connect());
    CHECK(server.says("GET / HTTP/1.1\r\nHost: a\r\n\r\n").find("HTTP/1.1 2") == std::string::npos);
    TlsClient client(server.port());
    CHECK(client.connect());
}

TEST_CASE("a certificate that cannot be read is named")
{
    EventLoops loops(1);
    ServerOptions options;
    options.tls = TlsFiles{"/nowhere/cert.pem", "/nowhere/key.pem"};
    CHECK_THROWS_WITH_AS(Server(loops, Router(routes()), {}, options), doctest::Contains("/nowhere/cert.pem"),
                         std::runtime_error);
}
