#pragma once
#include "core/secret.hpp"

#include <string>
#include <string_view>

namespace vitrina {

// "vt_" and 30 random letters and digits (178 bits), and a checksum of 6: a typing mistake is found without asking
// the database, and a scanner for leaked secrets finds tokens by their shape.
Secret make_token_text();
bool is_token_text(std::string_view text);

// What the database keeps instead: hex SHA-256. The text has too much randomness for guessing, so no salt is needed.
std::string token_hash(std::string_view text);

} // namespace vitrina
