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

std::optional<Method> method_named(std::string_view name)
{
    switch (name.size()) {
    case 3:
        if (name == "GET")
            return Method::get;
        if (name == "PUT")
            return Method::put;
        break;
    case 4:
        if (name == "POST")
            return Method::post;
        if (name == "HEAD")
            return Method::head;
        break;
    case 5:
        if (name == "PATCH")
            return Method::patch;
        break;
    case 6:
        if (name == "DELETE")
            return Method::del;
        break;
    case 7:
        if (name == "OPTIONS")
            return Method::options;
        break;
    }
    return std::nullopt;
}

} // namespace vitrina
