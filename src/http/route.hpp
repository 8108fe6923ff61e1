#pragma once
#include "http/response.hpp"

namespace vitrina {

enum class Body {
    none,     // a body is refused (or drained when tiny)
    buffered, // read whole into Request::body, at most Route::max_body
    streamed, // Request::stream
};

// What a caller must be allowed to do; checked before the handler runs (api/access).
enum class Scope {
    anyone,  // open even where tokens are asked for: health, the page, the description
    media,   // a signed media URL or a read token
    read,    // list and see videos and publications
    write,   // upload, edit, delete
    publish, // publications
    admin,   // accounts, tokens
};

using Handler = std::function<Task<Response>(const Request&)>;

struct Route {
    Method method;
    std::string pattern; // "/v1/videos/{id}": a {name} matches one whole path segment
    Handler handler;
    Scope scope = Scope::admin; // what a route does not say is nobody else's
    Body body = Body::none;
    std::size_t max_body = 0;          // for Body::buffered, bytes; 0: Limits::buffered_body
};

} // namespace vitrina
