#include "library/json_columns.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace vitrina {
namespace {

boost::json::array array_of(std::string_view json)
{
    boost::system::error_code error;
    boost::json::value value = boost::json::parse(boost::json::string_view(json.data(), json.size()), error);
    if (error || !value.is_array())
        return {};
    return std::move(value.get_array());
}

std::string text_in(const boost::json::object& object, const char* member)
{
    const boost::json::value* value = object.if_contains(member);
    return value && value->is_string() ? std::string(value->get_string().c_str(), value->get_string().size()) : "";
}

} // namespace

std::string json_of(const std::vector<std::string>& texts)
{
    boost::json::array array;
    for (const std::string& text : texts)
        array.emplace_back(text);
    return boost::json::serialize(array);
}

std::vector<std::string> texts_of(std::string_view json)
{
    std::vector<std::string> texts;
    if (json.size() < 4) // "[]", or not even that
        return texts;
    // What we write ourselves is ["a","b"]; where nothing is escaped it is cut, not parsed: two of these are read for
    // every video of a list.
    if (json.starts_with("[\"") && json.ends_with("\"]") && json.find('\\') == std::string_view::npos) {
        std::string_view rest = json.substr(2, json.size() - 4);
        while (true) {
            const std::size_t quote = rest.find('"');
            texts.emplace_back(rest.substr(0, quote));
            if (quote == std::string_view::npos)
                return texts;
            rest.remove_prefix(quote);
            if (!rest.starts_with("\",\""))
                break; // somebody else's spacing
            rest.remove_prefix(3);
        }
        texts.clear();
    }
    for (const boost::json::value& value : array_of(json))
        if (value.is_string())
            texts.emplace_back(value.get_string().c_str(), value.get_string().size());
    return texts;
}

std::string json_of(const std::vector<VideoReason>& reasons)
{
    boost::json::array array;
    for (const VideoReason& reason : reasons)
        array.push_back(boost::json::object{{"code", reason.code}, {"message", reason.message}});
    return boost::json::serialize(array);
}

std::vector<VideoReason> reasons_of(std::string_view json)
{
    std::vector<VideoReason> reasons;
    if (json.size() < 4)
        return reasons;
    for (const boost::json::value& value : array_of(json))
        if (value.is_object())
            reasons.push_back({text_in(value.get_object(), "code"), text_in(value.get_object(), "message")});
    return reasons;
}

} // namespace vitrina
