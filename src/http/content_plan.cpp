#include "http/content_plan.hpp"

#include "core/clock.hpp"
#include "http/conditional.hpp"

namespace vitrina {
namespace {

std::string content_range(const ByteRange& range, std::uint64_t size)
{
    return "bytes " + std::to_string(range.offset) + '-' + std::to_string(range.offset + range.length - 1) + '/' +
           std::to_string(size);
}

void add_parts(ContentPlan& plan, const Ranges& ranges, const Content& content, std::uint64_t size,
               std::string_view boundary)
{
    for (const ByteRange& range : ranges) {
        std::string text = "\r\n--" + std::string(boundary) + "\r\n";
        if (!content.type.empty())
            text += "Content-Type: " + content.type + "\r\n";
        text += "Content-Range: " + content_range(range, size) + "\r\n\r\n";
        plan.pieces.push_back({std::move(text), range});
    }
    plan.pieces.push_back({"\r\n--" + std::string(boundary) + "--\r\n", {}});
    plan.headers.set("Content-Type", "multipart/byteranges; boundary=" + std::string(boundary));
}

} // namespace

ContentPlan plan_content(const Request& request, const Content& content, std::string_view boundary)
{
    const std::uint64_t size = content.source->size();
    const Validators now{content.etag, content.modified};
    ContentPlan plan;
    plan.headers.set("Accept-Ranges", "bytes");
    if (!content.etag.empty())
        plan.headers.set("ETag", content.etag);
    if (content.modified != 0)
        plan.headers.set("Last-Modified", http_date(Instant{std::chrono::seconds{content.modified}}));

    switch (check_preconditions(request, now)) {
    case Precondition::failed: plan.status = 412; return plan;
    case Precondition::not_modified: plan.status = 304; return plan;
    case Precondition::proceed: break;
    }

    const auto asked = request.headers.find("Range");
    auto ranges = asked && range_applies(request, now) ? parse_range(*asked, size)
                                                       : std::variant<WholeBody, Unsatisfiable, Ranges>{};
    if (std::holds_alternative<Unsatisfiable>(ranges)) {
        plan.status = 416;
        plan.headers.set("Content-Range", "bytes */" + std::to_string(size));
        return plan;
    }
    if (!content.type.empty())
        plan.headers.set("Content-Type", content.type);
    if (const auto* some = std::get_if<Ranges>(&ranges)) {
        plan.status = 206;
        if (some->size() > 1) {
            add_parts(plan, *some, content, size, boundary);
        } else {
            plan.headers.set("Content-Range", content_range(some->front(), size));
            plan.pieces.push_back({{}, some->front()});
        }
    } else {
        plan.pieces.push_back({{}, {0, size}});
    }
    for (const ContentPiece& piece : plan.pieces)
        plan.length += piece.text.size() + piece.bytes.length;
    return plan;
}

} // namespace vitrina
