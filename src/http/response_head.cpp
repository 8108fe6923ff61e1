#include "http/response_head.hpp"

#include "http/grammar.hpp"

#include <charconv>

namespace vitrina {
namespace {

void append_number(std::string& out, std::uint64_t number)
{
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

// The server says these itself.
bool is_ours(std::string_view name)
{
    switch (name.size()) {
    case 4: return grammar::same(name, "date");
    case 10: return grammar::same(name, "connection") || grammar::same(name, "keep-alive");
    case 14: return grammar::same(name, "content-length");
    case 17: return grammar::same(name, "transfer-encoding");
    default: return false;
    }
}

void append_field(std::string& out, const Header& field)
{
    if (is_ours(field.name) || !grammar::is_token(field.name))
        return;
    (out += field.name) += ": ";
    const auto begin = out.size();
    out += field.value;
    for (std::size_t i = begin; i < out.size(); ++i)
        if (!grammar::is_value_char(out[i]))
            out[i] = ' '; // a line break would let a value write fields of its own
    out += "\r\n";
}

} // namespace

std::string_view reason_phrase(int status)
{
    switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Status";
    }
}

void write_response_head(std::string& out, const Response& response, const ResponseFrame& frame, std::string_view date)
{
    out += "HTTP/1.1 ";
    append_number(out, std::uint64_t(response.status));
    (out += ' ') += reason_phrase(response.status);
    ((out += "\r\nDate: ") += date) += "\r\n";
    for (const Header& field : response.headers)
        append_field(out, field);
    if (frame.length) {
        out += "Content-Length: ";
        append_number(out, *frame.length);
        out += "\r\n";
    } else if (frame.chunked) {
        out += "Transfer-Encoding: chunked\r\n";
    }
    if (!frame.keep_alive)
        out += "Connection: close\r\n";
    else if (frame.minor_version == 0)
        out += "Connection: keep-alive\r\n";
    out += "\r\n";
}

} // namespace vitrina
