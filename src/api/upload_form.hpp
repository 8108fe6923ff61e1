#pragma once
#include "core/result.hpp"
#include "http/request.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vitrina {

// What an upload's form says beside the file: raw and bounded. Each surface judges it in its own words.
struct UploadForm {
    std::optional<std::string> title, description, tags;
    std::vector<std::string> unknown; // names of parts nobody asked for; their bytes were let go
    bool has_file = false;
};

// Where the file's bytes go while the form is read. A fault ends the reading at once.
class UploadTarget {
public:
    virtual ~UploadTarget() = default;
    // The file begins; `client_name` as sent.
    virtual Task<Result<void>> begin(std::string client_name) = 0;
    // The bytes are taken before it returns.
    virtual Task<Result<void>> write(std::span<const std::byte> bytes) = 0;
};

// Reads a streamed multipart/form-data body to its end, its parts in whatever order, in constant memory: the part
// `video` goes to the target, the texts are kept. A form that turns out wrong half way is still read to its end:
// most clients see an answer only after they have sent everything.
Task<Result<UploadForm>> read_upload_form(const Request& request, UploadTarget& target);

} // namespace vitrina
