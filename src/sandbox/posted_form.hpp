#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

struct PostedPart {
    std::string name;
    std::optional<std::string> filename;
    std::string content_type;
    std::string bytes; // the whole part while it is no larger than what is kept, else ""
    std::uint64_t size = 0;
    std::string sha256;
};

// Reads a multipart/form-data body of any size in constant memory: each part is hashed, small ones and those up
// to `keep` bytes are kept. Refuses unknown fields, fields that come twice, and files without a name or a type.
Task<std::vector<PostedPart>> read_posted_form(Call& call, std::vector<std::string> texts,
                                               std::vector<std::string> files, std::uint64_t keep = 0);

const PostedPart* find_part(const std::vector<PostedPart>& parts, std::string_view name);

} // namespace vitrina::sandbox
