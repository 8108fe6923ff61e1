#pragma once
#include "http/route.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrina {

using PathParameters = std::vector<std::pair<std::string, std::string>>;

// Which route a request is for. A literal segment goes before a {name} one; a HEAD request takes the GET route
// where there is no HEAD route.
class Router {
public:
    Router() = default;
    explicit Router(std::vector<Route> routes);

    // Throws std::logic_error for a second route with the same method and pattern, or a pattern without '/'.
    void add(Route route);
    void add(std::vector<Route> routes);

    struct Match {
        const Route* route = nullptr; // null: none for this method…
        PathParameters parameters;
        std::string allow;            // …but for these ("GET, HEAD, OPTIONS"); "" when the path is unknown
    };
    // The path is decoded and normalised. A parameter never matches an empty segment.
    Match find(Method method, std::string_view path) const;

private:
    struct Node {
        std::string segment;
        std::vector<std::size_t> literals{}; // indexes into nodes_
        std::size_t parameter = 0;           // index into nodes_; 0: none
        std::vector<std::size_t> routes{};   // indexes into routes_
    };
    struct Entry {
        Route route;
        std::vector<std::string> names; // of its parameters, in order
    };
    bool walk(std::size_t node, std::string_view rest, std::vector<std::string_view>& values, const Node*& found) const;

    std::vector<Entry> routes_;
    std::vector<Node> nodes_{Node{}};
};

} // namespace vitrina
