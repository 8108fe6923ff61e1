#include "api/upload_form.hpp"

#include "http/media_type.hpp"
#include "http/multipart_parser.hpp"

namespace vitrina {

namespace {

// 20,000 characters of description, or 100 tags of 100 characters with every one of them escaped.
constexpr std::size_t longest_text = 128 * 1024;
constexpr std::size_t most_unknown = 20;

Result<std::string> boundary_of(const Request& request)
{
    const std::string_view content_type = request.headers.get("Content-Type");
    if (const auto boundary = multipart_boundary(content_type))
        return *boundary;
    const auto type = MediaType::parse(content_type);
    if (type && type->type == "multipart/form-data")
        return Fault{FaultKind::invalid, "VT-REQ-009", "The form has no usable boundary.",
                     "Let the HTTP library set Content-Type for a multipart form."};
    return Fault{FaultKind::unsupported_media, "VT-REQ-008", "An upload must be sent as multipart/form-data.",
                 "Send the file as the part \"video\" and its title as the part \"title\"."};
}

Fault broken_form(const std::string& reason)
{
    return {FaultKind::invalid, "VT-REQ-010", "The form cannot be read: " + reason};
}

// Follows the parser through one form.
class FormReader {
public:
    explicit FormReader(UploadTarget& target) : target_(target) {}

    // Uses up what the parser was fed.
    Task<Result<void>> take_from(MultipartParser& parser)
    {
        while (true) {
            FormEvent event = parser.next();
            if (std::holds_alternative<NeedBytes>(event) || std::holds_alternative<FormEnd>(event))
                co_return Result<void>();
            if (const auto* broken = std::get_if<FormBroken>(&event))
                co_return broken_form(broken->reason);
            Result<void> taken = co_await take(event);
            if (!taken)
                co_return taken;
        }
    }

    // The form, once its body has ended.
    Result<UploadForm> finish()
    {
        if (fault_)
            return *fault_;
        return std::move(form_);
    }

private:
    enum class Part { none, file, title, description, tags, unknown };

    Task<Result<void>> take(FormEvent& event)
    {
        if (auto* begin = std::get_if<PartBegin>(&event))
            co_return co_await begin_part(std::move(*begin));
        if (const auto* data = std::get_if<PartData>(&event))
            co_return co_await add(data->bytes);
        part_ = Part::none;
        co_return Result<void>();
    }

    Task<Result<void>> begin_part(PartBegin begin)
    {
        part_ = part_of(begin);
        if (part_ == Part::unknown && form_.unknown.size() < most_unknown)
            form_.unknown.push_back(begin.name);
        if (std::optional<std::string>* text = text_of(part_))
            text->emplace(); // the last of several with one name counts, as in HTML forms' most readers
        if (part_ != Part::file)
            co_return Result<void>();
        if (form_.has_file)
            co_return Fault{FaultKind::invalid, "VT-UPL-015", "Only one video file can be sent at a time."};
        form_.has_file = true;
        co_return co_await target_.begin(begin.filename.value_or(std::string()));
    }

    Task<Result<void>> add(std::span<const std::byte> bytes)
    {
        if (part_ == Part::file)
            co_return co_await target_.write(bytes);
        if (std::optional<std::string>* text = text_of(part_))
            append(**text, bytes);
        co_return Result<void>();
    }

    void append(std::string& text, std::span<const std::byte> bytes)
    {
        if (text.size() + bytes.size() <= longest_text)
            text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        else if (!fault_)
            fault_ = Fault{FaultKind::invalid, "VT-UPL-012", "A text of the form is too long."};
    }

    static Part part_of(const PartBegin& begin)
    {
        // A browser whose user chose nothing sends an empty file without a name, which the parser shows as a part
        // with an empty file name; and a part without one is a text, whatever it is called.
        if (begin.name == "video")
            return begin.filename && !begin.filename->empty() ? Part::file : Part::none;
        if (begin.name == "title")
            return Part::title;
        if (begin.name == "description")
            return Part::description;
        return begin.name == "tags" ? Part::tags : Part::unknown;
    }

    std::optional<std::string>* text_of(Part part)
    {
        switch (part) {
        case Part::title: return &form_.title;
        case Part::description: return &form_.description;
        case Part::tags: return &form_.tags;
        default: return nullptr;
        }
    }

    UploadTarget& target_;
    UploadForm form_;
    Part part_ = Part::none;
    std::optional<Fault> fault_; // found half way, told at the end
};

} // namespace

Task<Result<UploadForm>> read_upload_form(const Request& request, UploadTarget& target)
{
    const Result<std::string> boundary = boundary_of(request);
    if (!boundary)
        co_return boundary.error();

    MultipartParser parser(*boundary);
    FormReader reader(target);
    while (true) {
        const std::span<const std::byte> bytes = co_await request.stream->read();
        if (bytes.empty())
            break;
        parser.feed(bytes);
        const Result<void> taken = co_await reader.take_from(parser);
        if (!taken)
            co_return taken.error();
    }
    if (!parser.complete())
        co_return broken_form("it ends in the middle.");
    co_return reader.finish();
}

} // namespace vitrina
