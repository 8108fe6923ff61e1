#pragma once
#include "http/form.hpp"
#include "sandbox/network.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <initializer_list>

namespace vitrina::sandbox {

// The strictness: each of these throws the Refusal that ends the call.

// A length where a body may come and no transfer coding; no content coding anywhere.
void check_framing(const Call& call);
// Content-Type is there and of that type; a charset, if given, is UTF-8.
void require_content_type(const Call& call, std::string_view type);
// Every query parameter is one of these and comes once.
void allow_query(const Call& call, std::initializer_list<std::string_view> names);
std::string require_query(const Call& call, std::string_view name);

enum class Kind { text, number, boolean, object, texts };
struct Member {
    std::string_view name;
    Kind kind;
    bool required = false;
};
// An application/json body that is one object.
boost::json::object require_json(const Call& call);
// Every member is known and of its kind, and the required ones are there. `where` is the path so far: "snippet".
void check_members(const boost::json::object& object, std::string_view where, std::initializer_list<Member> members);
std::string text_of(const boost::json::object& object, std::string_view name); // "" when absent
std::vector<std::string> texts_of(const boost::json::object& object, std::string_view name);

// An application/x-www-form-urlencoded body whose fields are known and come once.
FormFields require_form(const Call& call, std::initializer_list<std::string_view> names);
// The same, or a JSON object of texts: Mastodon takes either.
FormFields require_form_or_json(const Call& call, std::initializer_list<std::string_view> names);
std::string field(const FormFields& fields, std::string_view name); // "" when absent

// "bytes 0-262143/3000000" or "bytes */3000000".
struct ContentRange {
    std::uint64_t first = 0, last = 0, total = 0;
    bool probe = false;
};
std::optional<ContentRange> parse_content_range(std::string_view text);

// Unicode code points; nothing when the text is not UTF-8.
std::optional<std::size_t> count_characters(std::string_view text);

} // namespace vitrina::sandbox
