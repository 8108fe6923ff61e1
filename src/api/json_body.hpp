#pragma once
#include "core/result.hpp"
#include "http/request.hpp"

#include <boost/json/object.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// The JSON object a request carries, read member by member. What is wrong with it is collected, so that one answer
// names every mistake; nothing read from it may be used before check() has passed.
//
//     auto body = JsonBody::parse(request);
//     if (!body)
//         co_return error_response(request, body.error());
//     auto title = body->text("title", 255);
//     auto tags = body->texts("tags", 100, 100);
//     if (auto checked = body->check(); !checked)
//         co_return error_response(request, checked.error());
class JsonBody {
public:
    // 415 when the request says it is not JSON, 400 when it is not, or is no object, or nests too deep, or names a
    // member twice. `media_type` is the one accepted beside application/json ("application/merge-patch+json").
    static Result<JsonBody> parse(const Request& request, std::string_view media_type = {});

    // For requests that say everything by their address: no body at all, or {}.
    static Result<void> empty(const Request& request);

    bool has(std::string_view name) const { return object_.contains(name); }

    // Nothing when the member is absent; an error of /name when it is of another type or longer than `longest`
    // characters (Unicode code points).
    std::optional<std::string> text(std::string_view name, std::size_t longest);
    std::optional<std::vector<std::string>> texts(std::string_view name, std::size_t most, std::size_t longest);
    std::optional<bool> boolean(std::string_view name);
    // For what none of the above reads; the member counts as known. Null when absent.
    const boost::json::value* value(std::string_view name);

    // A mistake the caller found: pointer "/accounts/0/id".
    void wrong(std::string pointer, std::string detail) { errors_.push_back({std::move(pointer), std::move(detail)}); }
    // What a value of the library's said about its text; its pointers are the body's.
    void wrong(const Fault& fault) { errors_.insert(errors_.end(), fault.errors.begin(), fault.errors.end()); }
    void require(std::string_view name);

    // Unknown members (those nobody asked for) are mistakes as well. 400 VT-REQ-004 with all of them.
    Result<void> check() const;

private:
    explicit JsonBody(boost::json::object object) : object_(std::move(object)) {}
    const boost::json::value* take(std::string_view name);

    boost::json::object object_;
    std::vector<std::string> known_;
    std::vector<FieldError> errors_;
};

} // namespace vitrina
