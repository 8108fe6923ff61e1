#include "publishing/platforms/multipart.hpp"

namespace vitrina {
namespace {

MultipartFile around_a_file(const PublishOrder& order, const HttpFields& fields, std::string_view field,
                            const std::string& file, const std::string& type)
{
    const std::string boundary = "vitrina-" + order.client_key;
    MultipartFile body{"multipart/form-data; boundary=" + boundary, {}, "\r\n--" + boundary + "--\r\n"};
    for (const auto& [name, value] : fields)
        body.before +=
            "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    body.before += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + std::string(field) +
                   "\"; filename=\"" + file + "\"\r\nContent-Type: " + type + "\r\n\r\n";
    return body;
}

} // namespace

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
    return around_a_file(order, fields, field, file_name(order), file_type(order));
}

MultipartFile multipart_thumbnail(const PublishOrder& order, const HttpFields& fields, std::string_view field)
{
    return around_a_file(order, fields, field, "thumbnail.jpg", "image/jpeg");
}

} // namespace vitrina
