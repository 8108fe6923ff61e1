#include "http/router.hpp"

#include "http/method_name.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace vitrina {
namespace {

constexpr std::array all_methods{Method::get,   Method::head, Method::post,   Method::put,
                                 Method::patch, Method::del,  Method::options};

bool is_parameter(std::string_view segment)
{
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// Takes the next segment off a path that begins with '/'.
std::string_view take_segment(std::string_view& path)
{
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

} // namespace

Router::Router(std::vector<Route> routes)
{
    add(std::move(routes));
}

void Router::add(std::vector<Route> routes)
{
    for (Route& route : routes)
        add(std::move(route));
}

void Router::add(Route route)
{
    std::string_view rest = route.pattern;
    if (!rest.starts_with('/') && rest != "*")
        throw std::logic_error("the pattern \"" + route.pattern + "\" does not begin with '/'");
    std::vector<std::string> names;
    std::size_t at = 0;
    while (!rest.empty() && rest.front() == '/') {
        const auto segment = take_segment(rest);
        std::size_t next = 0;
        if (is_parameter(segment)) {
            names.emplace_back(segment.substr(1, segment.size() - 2));
            next = nodes_[at].parameter;
        } else {
            for (std::size_t literal : nodes_[at].literals)
                if (nodes_[literal].segment == segment)
                    next = literal;
        }
        if (next == 0) {
            next = nodes_.size();
            nodes_.push_back(Node{.segment = std::string(segment)});
            if (is_parameter(segment))
                nodes_[at].parameter = next;
            else
                nodes_[at].literals.push_back(next);
        }
        at = next;
    }
    for (std::size_t other : nodes_[at].routes)
        if (routes_[other].route.method == route.method)
            throw std::logic_error("two routes for \"" + route.pattern + "\"");
    nodes_[at].routes.push_back(routes_.size());
    routes_.push_back({std::move(route), std::move(names)});
}

bool Router::walk(std::size_t node, std::string_view rest, std::vector<std::string_view>& values,
                  const Node*& found) const
{
    if (rest.empty()) {
        if (nodes_[node].routes.empty())
            return false;
        found = &nodes_[node];
        return true;
    }
    const auto segment = take_segment(rest);
    for (std::size_t literal : nodes_[node].literals)
        if (nodes_[literal].segment == segment && walk(literal, rest, values, found))
            return true;
    if (nodes_[node].parameter == 0 || segment.empty())
        return false;
    values.push_back(segment);
    if (walk(nodes_[node].parameter, rest, values, found))
        return true;
    values.pop_back();
    return false;
}

Router::Match Router::find(Method method, std::string_view path) const
{
    Match match;
    const Node* node = nullptr;
    std::vector<std::string_view> values;
    if (!path.starts_with('/') || !walk(0, path, values, node))
        return match;

    const Entry* entry = nullptr;
    const auto take = [&](Method wanted) {
        for (std::size_t index : node->routes)
            if (routes_[index].route.method == wanted)
                entry = &routes_[index];
    };
    take(method);
    if (!entry && method == Method::head)
        take(Method::get);
    if (entry) {
        match.route = &entry->route;
        for (std::size_t i = 0; i < values.size(); ++i)
            match.parameters.emplace_back(entry->names[i], values[i]);
        return match;
    }
    for (const Method known : all_methods) {
        const auto has = [&](Method wanted) {
            return std::ranges::any_of(node->routes, [&](std::size_t i) { return routes_[i].route.method == wanted; });
        };
        if (known == Method::options || has(known) || (known == Method::head && has(Method::get)))
            (match.allow += match.allow.empty() ? "" : ", ") += name(known);
    }
    return match;
}

} // namespace vitrina
