#include "sandbox/posted_form.hpp"

#include "core/digest.hpp"
#include "http/multipart_parser.hpp"

#include <algorithm>

namespace vitrina::sandbox {
namespace {

// What comes in one request is kept in memory until its form is read.
constexpr std::uint64_t most_in_memory = 99 << 20;

class PostedForm {
public:
    PostedForm(std::vector<std::string> texts, std::vector<std::string> files, std::uint64_t keep)
        : texts_(std::move(texts)), files_(std::move(files)), keep_(keep)
    {
    }

    void take(const FormEvent& event)
    {
        if (const auto* begin = std::get_if<PartBegin>(&event))
            this->begin(*begin);
        else if (const auto* data = std::get_if<PartData>(&event))
            add(data->bytes);
        else if (std::holds_alternative<PartEnd>(event))
            parts_.back().sha256 = hex(digest_.finish());
        else if (const auto* broken = std::get_if<FormBroken>(&event))
            throw Refusal{400, "badRequest", "The multipart body is broken: " + broken->reason};
    }
    std::vector<PostedPart> parts() && { return std::move(parts_); }

private:
    static bool has(const std::vector<std::string>& names, const std::string& name)
    {
        return std::find(names.begin(), names.end(), name) != names.end();
    }

    void begin(const PartBegin& begin)
    {
        const bool file = has(files_, begin.name);
        if (!file && !has(texts_, begin.name))
            throw Refusal{422, "badRequest", "Unknown form field: " + begin.name, begin.name};
        if (find_part(parts_, begin.name))
            throw Refusal{422, "badRequest", "The form field comes twice: " + begin.name, begin.name};
        if (file && (begin.filename.value_or("").empty() || begin.content_type.empty()))
            throw Refusal{422, "badRequest", "A file needs a filename and a Content-Type: " + begin.name, begin.name};
        parts_.push_back({begin.name, begin.filename, begin.content_type});
        digest_ = Sha256Sum();
    }

    void add(std::span<const std::byte> bytes)
    {
        PostedPart& part = parts_.back();
        part.size += bytes.size();
        digest_.add(bytes);
        if (part.size <= keep_)
            part.bytes.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        else
            part.bytes.clear();
    }

    std::vector<std::string> texts_, files_;
    std::uint64_t keep_;
    std::vector<PostedPart> parts_;
    Sha256Sum digest_;
};

} // namespace

Task<std::vector<PostedPart>> read_posted_form(Call& call, std::vector<std::string> texts,
                                               std::vector<std::string> files, std::uint64_t keep)
{
    const std::string_view type = call.request.headers.get("Content-Type");
    const auto boundary = multipart_boundary(type);
    if (!boundary)
        throw Refusal{415, "badContent", "multipart/form-data with a boundary is expected.", "Content-Type"};
    MultipartParser parser(*boundary);
    PostedForm form(
        std::move(texts), std::move(files),
        std::max({std::uint64_t{64 * 1024}, std::min(call.world.uploads.keep_bytes_up_to(), most_in_memory), keep}));
    while (call.stream && !parser.complete()) {
        const auto bytes = co_await call.stream->read();
        if (bytes.empty())
            break;
        parser.feed(bytes);
        for (FormEvent event = parser.next();
             !std::holds_alternative<NeedBytes>(event) && !std::holds_alternative<FormEnd>(event);
             event = parser.next())
            form.take(event);
    }
    if (!parser.complete())
        throw Refusal{400, "badRequest", "The multipart body ends before its closing boundary."};
    co_return std::move(form).parts();
}

const PostedPart* find_part(const std::vector<PostedPart>& parts, std::string_view name)
{
    const auto part = std::find_if(parts.begin(), parts.end(), [&](const PostedPart& p) { return p.name == name; });
    return part == parts.end() ? nullptr : &*part;
}

} // namespace vitrina::sandbox
