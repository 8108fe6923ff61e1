#include "api/json_body.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace vitrina {

namespace json = boost::json;

namespace {

// Nothing we accept nests deeper; a parser that recurses on a stranger's word is a stack overflow.
constexpr std::size_t deepest = 32;

Fault not_json(std::string detail)
{
    return {FaultKind::invalid, "VT-REQ-002", "The body is not valid JSON: " + std::move(detail) + ".",
            "Send one JSON object encoded as UTF-8."};
}

bool equals_ignoring_case(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char x, char y) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; };
        return lower(x) == lower(y);
    });
}

// "application/json; charset=utf-8" is "application/json".
std::string_view media_type_of(const Request& request)
{
    std::string_view type = request.headers.get("Content-Type");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ') || type.ends_with('\t'))
        type.remove_suffix(1);
    return type;
}

std::size_t code_points(std::string_view text)
{
    return std::size_t(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// "/a~1b" for the member "a/b" (RFC 6901).
std::string pointer_to(std::string_view name)
{
    std::string pointer = "/";
    for (const char c : name) {
        if (c == '~')
            pointer += "~0";
        else if (c == '/')
            pointer += "~1";
        else
            pointer += c;
    }
    return pointer;
}

// Boost.JSON keeps the last of two members of one name, where another reader in front of us may have kept the
// first; so we look for ourselves, over the one level that has meaning here.
class TopLevelNames {
public:
    // Handler of boost::json::basic_parser.
    static constexpr std::size_t max_object_size = 1024;
    static constexpr std::size_t max_array_size = 100'000;
    static constexpr std::size_t max_key_size = 1024;
    static constexpr std::size_t max_string_size = 1024 * 1024;

    bool twice = false;

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) { return ++depth_, true; }
    bool on_object_end(std::size_t, json::error_code&) { return --depth_, true; }
    bool on_array_begin(json::error_code&) { return ++depth_, true; }
    bool on_array_end(std::size_t, json::error_code&) { return --depth_, true; }
    bool on_key_part(json::string_view part, std::size_t, json::error_code&)
    {
        if (depth_ == 1)
            name_.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, std::size_t, json::error_code&)
    {
        if (depth_ != 1)
            return true;
        name_.append(part.data(), part.size());
        twice = twice || std::ranges::find(names_, name_) != names_.end();
        names_.push_back(std::move(name_));
        name_.clear();
        return true;
    }
    bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
    bool on_double(double, json::string_view, json::error_code&) { return true; }
    bool on_bool(bool, json::error_code&) { return true; }
    bool on_null(json::error_code&) { return true; }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

private:
    int depth_ = 0;
    std::string name_;
    std::vector<std::string> names_;
};

json::parse_options strict_options()
{
    json::parse_options options;
    options.max_depth = deepest;
    return options;
}

bool names_a_member_twice(std::string_view text)
{
    json::basic_parser<TopLevelNames> parser(strict_options());
    json::error_code error;
    parser.write_some(false, text.data(), text.size(), error);
    return parser.handler().twice;
}

} // namespace

Result<JsonBody> JsonBody::parse(const Request& request, std::string_view media_type)
{
    const std::string_view type = media_type_of(request);
    const bool accepted = equals_ignoring_case(type, "application/json") ||
                          (!media_type.empty() && equals_ignoring_case(type, media_type));
    if (!accepted)
        return Fault{FaultKind::unsupported_media, "VT-REQ-001", "The body must be JSON.",
                     "Send it with Content-Type: application/json."};

    json::error_code error;
    json::value parsed = json::parse(request.body, error, {}, strict_options());
    if (error)
        return not_json(error == json::error::too_deep ? "it nests too deep" : error.message());
    if (!parsed.is_object())
        return not_json("it is not an object");
    if (names_a_member_twice(request.body))
        return not_json("it names a member twice");
    return JsonBody(std::move(parsed.as_object()));
}

const json::value* JsonBody::take(std::string_view name)
{
    if (std::ranges::find(known_, name) == known_.end())
        known_.emplace_back(name);
    return object_.if_contains(name);
}

const json::value* JsonBody::value(std::string_view name)
{
    return take(name);
}

void JsonBody::require(std::string_view name)
{
    if (!object_.contains(name))
        wrong(pointer_to(name), "is required");
}

std::optional<std::string> JsonBody::text(std::string_view name, std::size_t longest)
{
    const json::value* found = take(name);
    if (!found)
        return std::nullopt;
    const json::string* text = found->if_string();
    if (!text) {
        wrong(pointer_to(name), "must be a string");
        return std::nullopt;
    }
    if (code_points({text->data(), text->size()}) > longest) {
        wrong(pointer_to(name), "must have at most " + std::to_string(longest) + " characters");
        return std::nullopt;
    }
    return std::string(text->data(), text->size());
}

std::optional<std::vector<std::string>> JsonBody::texts(std::string_view name, std::size_t most, std::size_t longest)
{
    const json::value* found = take(name);
    if (!found)
        return std::nullopt;
    const json::array* array = found->if_array();
    if (!array) {
        wrong(pointer_to(name), "must be an array of strings");
        return std::nullopt;
    }
    if (array->size() > most) {
        wrong(pointer_to(name), "must have at most " + std::to_string(most) + " items");
        return std::nullopt;
    }
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < array->size(); ++i) {
        const json::string* text = (*array)[i].if_string();
        const std::string pointer = pointer_to(name) + '/' + std::to_string(i);
        if (!text)
            wrong(pointer, "must be a string");
        else if (code_points({text->data(), text->size()}) > longest)
            wrong(pointer, "must have at most " + std::to_string(longest) + " characters");
        else
            texts.emplace_back(text->data(), text->size());
    }
    return texts;
}

std::optional<bool> JsonBody::boolean(std::string_view name)
{
    const json::value* found = take(name);
    if (!found)
        return std::nullopt;
    if (const bool* truth = found->if_bool())
        return *truth;
    wrong(pointer_to(name), "must be true or false");
    return std::nullopt;
}

Result<void> JsonBody::empty(const Request& request)
{
    if (request.body.empty())
        return {};
    const auto body = parse(request);
    return body ? body->check() : Result<void>(body.error());
}

Result<void> JsonBody::check() const
{
    std::vector<FieldError> errors = errors_;
    for (const auto& member : object_) {
        const std::string_view name(member.key().data(), member.key().size());
        if (std::ranges::find(known_, name) == known_.end())
            errors.push_back({pointer_to(name), "is not a known member"});
    }
    if (errors.empty())
        return {};
    const FieldError& first = errors.front();
    std::string message = "The body is not as expected: " + first.pointer + ": " + first.detail + '.';
    return Fault{FaultKind::invalid, "VT-REQ-004", std::move(message), {}, std::move(errors)};
}

} // namespace vitrina
