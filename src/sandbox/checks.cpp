#include "sandbox/checks.hpp"

#include "http/media_type.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

bool is_of_kind(const json::value& value, Kind kind)
{
    switch (kind) {
    case Kind::text: return value.is_string();
    case Kind::number: return value.is_int64() || value.is_uint64();
    case Kind::boolean: return value.is_bool();
    case Kind::object: return value.is_object();
    case Kind::texts:
        return value.is_array() && std::all_of(value.get_array().begin(), value.get_array().end(),
                                               [](const json::value& element) { return element.is_string(); });
    }
    return false;
}

std::string path(std::string_view where, std::string_view name)
{
    return where.empty() ? std::string(name) : std::string(where) + "." + std::string(name);
}

// Digits only: from_chars alone would take a sign.
bool take_number(std::string_view& text, std::uint64_t& number)
{
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{})
        return false;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    return true;
}

bool take(std::string_view& text, std::string_view expected)
{
    if (!text.starts_with(expected))
        return false;
    text.remove_prefix(expected.size());
    return true;
}

} // namespace

void check_framing(const Call& call)
{
    const Headers& headers = call.request.headers;
    const Method method = call.request.method;
    const bool may_have_body = method == Method::post || method == Method::put || method == Method::patch;
    if (headers.find("Transfer-Encoding"))
        throw Refusal{411, "lengthRequired", "A Content-Length is required; chunked bodies are not taken.",
                      "Transfer-Encoding"};
    if (may_have_body && !headers.find("Content-Length"))
        throw Refusal{411, "lengthRequired", "A Content-Length is required.", "Content-Length"};
    if (method == Method::get && !headers.get("Content-Length").empty() && headers.get("Content-Length") != "0")
        throw Refusal{400, "badRequest", "A GET request has no body.", "Content-Length"};
    if (headers.find("Content-Encoding"))
        throw Refusal{400, "badRequest", "Content codings are not taken.", "Content-Encoding"};
}

void require_content_type(const Call& call, std::string_view type)
{
    const std::string_view header = call.request.headers.get("Content-Type");
    const auto media_type = MediaType::parse(header);
    if (!media_type || media_type->type != type)
        throw Refusal{415, "badContent", "Unsupported content with type: " + std::string(header), "Content-Type"};
    std::string charset(media_type->parameter("charset").value_or("utf-8"));
    std::transform(charset.begin(), charset.end(), charset.begin(), [](unsigned char c) { return std::tolower(c); });
    if (charset != "utf-8")
        throw Refusal{415, "badContent", "The charset must be UTF-8.", "Content-Type"};
}

void allow_query(const Call& call, std::initializer_list<std::string_view> names)
{
    const auto fields = parse_form(call.request.query);
    if (!fields)
        throw Refusal{400, "badRequest", "Too many query parameters."};
    for (const auto& [name, value] : *fields) {
        if (std::find(names.begin(), names.end(), name) == names.end())
            throw Refusal{400, "invalidParameter", "Invalid query parameter: \"" + name + "\": Cannot bind it.", name};
        if (call.request.query_values(name).size() > 1)
            throw Refusal{400, "invalidParameter", "The query parameter \"" + name + "\" comes twice.", name};
    }
}

std::string require_query(const Call& call, std::string_view name)
{
    auto value = call.request.query_value(name);
    if (!value || value->empty())
        throw Refusal{400, "missingRequiredParameter", "Missing required parameter: " + std::string(name),
                      std::string(name)};
    return *value;
}

json::object require_json(const Call& call)
{
    require_content_type(call, "application/json");
    json::error_code error;
    json::value value = json::parse(call.body, error);
    if (error || !value.is_object())
        throw Refusal{400, "parseError", "Invalid JSON payload received: one object is expected."};
    return std::move(value.get_object());
}

void check_members(const json::object& object, std::string_view where, std::initializer_list<Member> members)
{
    for (const auto& [name, value] : object) {
        const auto member =
            std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.name == name; });
        if (member == members.end())
            throw Refusal{400, "badRequest",
                          "Invalid JSON payload received. Unknown name \"" + path(where, name) +
                              "\": Cannot find field.",
                          path(where, name)};
        if (!is_of_kind(value, member->kind))
            throw Refusal{400, "badRequest", "Invalid value at '" + path(where, name) + "'.", path(where, name)};
    }
    for (const Member& member : members)
        if (member.required && !object.contains(member.name))
            throw Refusal{400, "required", "Missing required field: " + path(where, member.name),
                          path(where, member.name)};
}

std::string text_of(const json::object& object, std::string_view name)
{
    const json::value* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::vector<std::string> texts_of(const json::object& object, std::string_view name)
{
    std::vector<std::string> texts;
    if (const json::value* value = object.if_contains(name); value && value->is_array())
        for (const json::value& element : value->get_array())
            texts.emplace_back(element.as_string());
    return texts;
}

FormFields require_form(const Call& call, std::initializer_list<std::string_view> names)
{
    require_content_type(call, "application/x-www-form-urlencoded");
    auto fields = parse_form(call.body);
    if (!fields)
        throw Refusal{400, "invalid_request", "Too many form fields."};
    for (const auto& [name, value] : *fields) {
        if (std::find(names.begin(), names.end(), name) == names.end())
            throw Refusal{400, "invalid_request", "Unknown form field: " + name, name};
        if (std::count_if(fields->begin(), fields->end(), [&](const auto& other) { return other.first == name; }) > 1)
            throw Refusal{400, "invalid_request", "The form field comes twice: " + name, name};
    }
    return *fields;
}

FormFields require_form_or_json(const Call& call, std::initializer_list<std::string_view> names)
{
    if (!call.request.headers.get("Content-Type").starts_with("application/json"))
        return require_form(call, names);
    FormFields fields;
    for (const auto& [name, value] : require_json(call)) {
        const std::string_view known = name;
        if (std::find(names.begin(), names.end(), known) == names.end() || !value.is_string())
            throw Refusal{400, "invalid_request", "Unknown or not a text: " + std::string(known), std::string(known)};
        fields.emplace_back(known, value.get_string());
    }
    return fields;
}

std::string field(const FormFields& fields, std::string_view name)
{
    for (const auto& [key, value] : fields)
        if (key == name)
            return value;
    return "";
}

std::optional<ContentRange> parse_content_range(std::string_view text)
{
    ContentRange range;
    if (!take(text, "bytes "))
        return std::nullopt;
    range.probe = take(text, "*");
    if (!range.probe) {
        if (!take_number(text, range.first) || !take(text, "-") || !take_number(text, range.last))
            return std::nullopt;
        if (range.last < range.first)
            return std::nullopt;
    }
    if (!take(text, "/") || !take_number(text, range.total) || !text.empty())
        return std::nullopt;
    if (!range.probe && range.last >= range.total)
        return std::nullopt;
    return range;
}

std::optional<std::size_t> count_characters(std::string_view text)
{
    std::size_t characters = 0;
    for (std::size_t at = 0; at < text.size(); ++characters) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t length = lead < 0x80                   ? 1
                                   : lead >= 0xc2 && lead < 0xe0 ? 2
                                   : lead >= 0xe0 && lead < 0xf0 ? 3
                                   : lead >= 0xf0 && lead < 0xf5 ? 4
                                                                 : 0;
        if (length == 0 || at + length > text.size())
            return std::nullopt;
        for (std::size_t next = 1; next < length; ++next)
            if ((static_cast<unsigned char>(text[at + next]) & 0xc0) != 0x80)
                return std::nullopt;
        at += length;
    }
    return characters;
}

} // namespace vitrina::sandbox
