#include "publishing/platforms/reply_json.hpp"

#include <boost/json/parse.hpp>
#include <charconv>

namespace vitrina {

const boost::json::value* json_member(const boost::json::value& value, std::string_view name)
{
    if (const auto* object = value.if_object())
        return object->if_contains(name);
    const auto* array = value.if_array();
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    const bool is_index = array && error == std::errc{} && end == name.data() + name.size();
    return is_index ? array->if_contains(index) : nullptr;
}

std::string json_text(const boost::json::value* value)
{
    if (!value)
        return {};
    if (const auto* text = value->if_string())
        return std::string(text->data(), text->size());
    if (const auto* number = value->if_int64())
        return std::to_string(*number);
    if (const auto* number = value->if_uint64())
        return std::to_string(*number);
    return {};
}

ReplyJson::ReplyJson(std::string_view body)
{
    boost::json::parse_options strict;
    strict.max_depth = 32;
    boost::system::error_code error;
    root_ = boost::json::parse({body.data(), body.size()}, error, {}, strict);
    if (error)
        root_ = nullptr;
}

const boost::json::value* ReplyJson::find(std::initializer_list<std::string_view> path) const
{
    const boost::json::value* at = &root_;
    for (const std::string_view name : path) {
        at = json_member(*at, name);
        if (!at)
            return nullptr;
    }
    return at;
}

std::string ReplyJson::text(std::initializer_list<std::string_view> path) const
{
    return json_text(find(path));
}

std::size_t ReplyJson::size(std::initializer_list<std::string_view> path) const
{
    const auto* value = find(path);
    const auto* array = value ? value->if_array() : nullptr;
    return array ? array->size() : 0;
}

} // namespace vitrina
