#include "publishing/platforms/multipart.hpp"

namespace vitrina {

std::string file_name(const PublishOrder& order)
{
    const std::size_t dot = order.source_key.rfind('.');
    return "video" + (dot == order.source_key.npos ? std::string() : order.source_key.substr(dot));
}

std::string file_type(const PublishOrder& order)
{
    return order.content_type.empty() ? "application/octet-stream" : order.content_type;
}

MultipartFile multipart_file(const PublishOrder& order, const HttpFields& fields, std::string_view field)
{
    const std::string boundary = "vitrina-" + order.client_key;
    MultipartFile body{"multipart/form-data; boundary=" + boundary, {}, "\r\n--" + boundary + "--\r\n"};
    for (const auto& [name, value] : fields)
        body.before +=
            "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    body.before += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + std::string(field) +
                   "\"; filename=\"" + file_name(order) + "\"\r\nContent-Type: " + file_type(order) + "\r\n\r\n";
    return body;
}

} // namespace vitrina
