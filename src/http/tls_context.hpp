#pragma once
#include <memory>
#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace vitrina {

struct FreeSsl {
    void operator()(ssl_st* ssl) const;
    void operator()(ssl_ctx_st* context) const;
};
using SslHandle = std::unique_ptr<ssl_st, FreeSsl>;

// A server's certificate and its rules: TLS 1.2 and 1.3, forward-secret ciphers, HTTP/1.1 only.
class TlsContext {
public:
    // Throws std::runtime_error, saying which file and why.
    TlsContext(const std::string& certificate_file, const std::string& key_file);

    // For one accepted connection on a non-blocking socket; throws std::bad_alloc.
    SslHandle make_session(int socket) const;

private:
    std::unique_ptr<ssl_ctx_st, FreeSsl> context_;
};

} // namespace vitrina
