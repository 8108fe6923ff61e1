#include "http/tls_context.hpp"

#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <string_view>

namespace vitrina {
namespace {

[[noreturn]] void fail(const std::string& what)
{
    char text[256];
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    ERR_clear_error();
    throw std::runtime_error(what + ": " + text);
}

// Of what the client offers, we speak http/1.1; a client that offers only others is told so by the handshake.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned int in_size, void*)
{
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, in, in_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

} // namespace

void FreeSsl::operator()(ssl_st* ssl) const
{
    SSL_free(ssl);
}

void FreeSsl::operator()(ssl_ctx_st* context) const
{
    SSL_CTX_free(context);
}

TlsContext::TlsContext(const std::string& certificate_file, const std::string& key_file)
    : context_(SSL_CTX_new(TLS_server_method()))
{
    SSL_CTX* context = context_.get();
    if (!context)
        fail("TLS cannot be set up");
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    // The rest of a write is sent from where it stands by then; idle sessions keep no buffers.
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
        fail("the certificate " + certificate_file + " cannot be used");
    if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        fail("the key " + key_file + " cannot be used");
}

SslHandle TlsContext::make_session(int socket) const
{
    SslHandle ssl(SSL_new(context_.get()));
    if (!ssl || SSL_set_fd(ssl.get(), socket) != 1)
        throw std::bad_alloc();
    SSL_set_accept_state(ssl.get());
    return ssl;
}

} // namespace vitrina
