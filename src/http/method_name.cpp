#include "http/method_name.hpp"

#include <stdexcept>

namespace vitrina {

const char* name(Method method)
{
    switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::del: return "DELETE";
    case Method::options: return "OPTIONS";
    }
    throw std::logic_error("no such method");
}

} // namespace vitrina
