#pragma once
#include <boost/json/value.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

namespace vitrina {

// Networks add members, leave some out and change types: what is not there, or is of another kind, reads as nothing.
class ReplyJson {
public:
    // What is no JSON (an error page, an empty body) reads as an empty document.
    explicit ReplyJson(std::string_view body);

    bool is_object() const { return root_.is_object(); }
    // Null when any step of the path is missing. A number in the path is an index: {"items", "0", "id"}.
    const boost::json::value* find(std::initializer_list<std::string_view> path) const;
    // Numbers as their digits, exactly: ids exceed what a double can hold. "" for everything else that is no text.
    std::string text(std::initializer_list<std::string_view> path) const;
    // How many elements the array there has; 0 when there is none.
    std::size_t size(std::initializer_list<std::string_view> path) const;

private:
    boost::json::value root_;
};

std::string json_text(const boost::json::value* value);
const boost::json::value* json_member(const boost::json::value& value, std::string_view name);

} // namespace vitrina
