#include "sandbox/certificate.hpp"

#include "core/random.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace vitrina::sandbox {
namespace {

constexpr long valid_seconds = 10L * 365 * 24 * 3600;
constexpr long spare_seconds = 30L * 24 * 3600;

template <auto free>
struct Free {
    template <class T>
    void operator()(T* held) const
    {
        free(held);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;

void demand(bool succeeded, const char* what)
{
    if (!succeeded)
        throw std::runtime_error(std::string("the sandbox's certificate: OpenSSL could not ") + what);
}

Key make_key()
{
    Key key(EVP_EC_gen("P-256"));
    demand(key != nullptr, "make a key");
    return key;
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    demand(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "add an extension");
}

// Named, dated and numbered, but without extensions and signature.
Certificate begin_certificate(const char* name, EVP_PKEY* key)
{
    Certificate certificate(X509_new());
    demand(certificate != nullptr, "begin a certificate");
    X509_set_version(certificate.get(), X509_VERSION_3);
    BIGNUM* serial = nullptr;
    BN_hex2bn(&serial, ("1" + random_hex(15)).c_str());
    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate.get()));
    BN_free(serial);
    // A day back: clocks in containers are not all right.
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -24L * 3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_seconds);
    X509_set_pubkey(certificate.get(), key);
    const auto* text = reinterpret_cast<const unsigned char*>(name);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, text, -1, -1, 0);
    return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* key)
{
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    demand(X509_sign(certificate, key, EVP_sha256()) > 0, "sign");
}

bool is_address(const std::string& host)
{
    return host.find_first_not_of("0123456789.") == host.npos || host.find(':') != host.npos;
}

std::string alternative_names(const std::vector<std::string>& hosts)
{
    std::string names;
    for (const std::string& host : hosts)
        names += (names.empty() ? "" : ",") + std::string(is_address(host) ? "IP:" : "DNS:") + host;
    return names;
}

template <class Write>
void write_pem(const std::filesystem::path& path, Write write)
{
    const std::filesystem::path unfinished = path.string() + ".new";
    const mode_t before = ::umask(0077);
    const std::unique_ptr<FILE, Free<fclose>> file(std::fopen(unfinished.c_str(), "w"));
    ::umask(before);
    demand(file && write(file.get()) == 1 && std::fflush(file.get()) == 0, "write a file");
    std::filesystem::rename(unfinished, path);
}

Certificate read_certificate(const std::filesystem::path& path)
{
    const std::unique_ptr<FILE, Free<fclose>> file(std::fopen(path.c_str(), "r"));
    return Certificate(file ? PEM_read_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
}

bool still_serves(const CertificateFiles& files, const std::vector<std::string>& hosts)
{
    const Certificate certificate = read_certificate(files.certificate);
    const Certificate authority = read_certificate(files.authority);
    if (!certificate || !authority || !std::filesystem::exists(files.key))
        return false;
    time_t soon = time(nullptr) + spare_seconds;
    if (X509_cmp_time(X509_get0_notAfter(certificate.get()), &soon) <= 0)
        return false;
    if (X509_verify(certificate.get(), X509_get0_pubkey(authority.get())) != 1)
        return false;
    for (const std::string& host : hosts)
        if (is_address(host) ? X509_check_ip_asc(certificate.get(), host.c_str(), 0) != 1
                             : X509_check_host(certificate.get(), host.data(), host.size(), 0, nullptr) != 1)
            return false;
    return true;
}

} // namespace

CertificateFiles make_certificates(const std::filesystem::path& folder, const std::vector<std::string>& hosts)
{
    const CertificateFiles files{folder / "ca.pem", folder / "server.pem", folder / "server-key.pem"};
    if (still_serves(files, hosts))
        return files;

    const Key authority_key = make_key();
    const Certificate authority = begin_certificate("Vitrina sandbox (trust it in tests only)", authority_key.get());
    X509_set_issuer_name(authority.get(), X509_get_subject_name(authority.get()));
    add_extension(authority.get(), authority.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(authority.get(), authority.get(), NID_key_usage, "critical,keyCertSign");
    add_extension(authority.get(), authority.get(), NID_subject_key_identifier, "hash");
    sign(authority.get(), authority.get(), authority_key.get());

    const Key server_key = make_key();
    const Certificate server = begin_certificate("Vitrina sandbox", server_key.get());
    add_extension(server.get(), authority.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(server.get(), authority.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(server.get(), authority.get(), NID_ext_key_usage, "serverAuth");
    add_extension(server.get(), authority.get(), NID_authority_key_identifier, "keyid");
    add_extension(server.get(), authority.get(), NID_subject_alt_name, alternative_names(hosts));
    sign(server.get(), authority.get(), authority_key.get());

    write_pem(files.key, [&](FILE* out) {
        return PEM_write_PrivateKey(out, server_key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    write_pem(files.certificate, [&](FILE* out) { return PEM_write_X509(out, server.get()); });
    write_pem(files.authority, [&](FILE* out) { return PEM_write_X509(out, authority.get()); });
    return files;
}

} // namespace vitrina::sandbox
