#include "http/request.hpp"

#include "http/form.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <stdexcept>

namespace vitrina {

void Headers::set(std::string_view name, std::string value)
{
    std::erase_if(fields_, [name](const Header& field) { return grammar::same(field.name, name); });
    add(std::string(name), std::move(value));
}

std::optional<std::string_view> Headers::find(std::string_view name) const
{
    for (const Header& field : fields_)
        if (grammar::same(field.name, name))
            return field.value;
    return std::nullopt;
}

std::string_view Request::parameter(std::string_view name) const
{
    for (const auto& [key, value] : parameters)
        if (key == name)
            return value;
    throw std::logic_error("the route's pattern has no {" + std::string(name) + "}");
}

namespace {

// Calls `each` with the decoded value of every field of that name, until it says it has had enough.
template <class Each>
void visit_query(std::string_view query, std::string_view name, Each each)
{
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto field = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
        const auto equals = field.find('=');
        if (field.empty() || form_decode(field.substr(0, equals)) != name)
            continue;
        if (!each(equals == std::string_view::npos ? std::string{} : form_decode(field.substr(equals + 1))))
            return;
    }
}

} // namespace

std::optional<std::string> Request::query_value(std::string_view name) const
{
    std::optional<std::string> first;
    visit_query(query, name, [&](std::string value) {
        first = std::move(value);
        return false;
    });
    return first;
}

std::vector<std::string> Request::query_values(std::string_view name) const
{
    std::vector<std::string> all;
    visit_query(query, name, [&](std::string value) {
        all.push_back(std::move(value));
        return true;
    });
    return all;
}

} // namespace vitrina
