#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace vitrina::sandbox {

struct CertificateFiles {
    std::filesystem::path authority;   // ca.pem: what a client must trust
    std::filesystem::path certificate; // the server's, signed by it
    std::filesystem::path key;
};

// Makes an authority and a server certificate for the hosts (names or IP addresses) on first start; makes the
// server's anew when it lacks a host or is about to run out. The authority's key never touches the disk after that:
// a new server certificate comes with a new authority.
CertificateFiles make_certificates(const std::filesystem::path& folder, const std::vector<std::string>& hosts);

} // namespace vitrina::sandbox
