#include "publishing/publish_order.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace vitrina {

namespace json = boost::json;

PublishOrder make_order(const Video& video, std::string client_key, std::string_view options)
{
    PublishOrder order;
    order.client_key = std::move(client_key);
    order.title = video.title;
    order.description = video.description;
    order.tags = video.tags;
    order.size = video.size;
    order.content_type = video.content_type;
    order.source_key = video.source_key;
    order.thumbnail_key = video.thumbnail_key;
    order.duration = video.duration;
    order.width = video.width;
    order.height = video.height;
    order.frame_rate = video.frame_rate;
    order.options = json::parse({options.data(), options.size()}).as_object();
    return order;
}

std::string to_json(const PublishOrder& order)
{
    json::object out{{"client_key", order.client_key},
                     {"title", order.title},
                     {"description", order.description},
                     {"tags", json::array(order.tags.begin(), order.tags.end())},
                     {"size", order.size},
                     {"content_type", order.content_type},
                     {"source_key", order.source_key},
                     {"thumbnail_key", order.thumbnail_key},
                     {"thumbnail_size", order.thumbnail_size},
                     {"duration_us", order.duration.count()},
                     {"width", order.width},
                     {"height", order.height},
                     {"frame_rate", order.frame_rate},
                     {"options", order.options}};
    return json::serialize(out);
}

PublishOrder read_order(std::string_view text)
{
    const json::object in = json::parse({text.data(), text.size()}).as_object();
    const auto words = [&in](std::string_view name) { return std::string(in.at(name).as_string()); };
    PublishOrder order;
    order.client_key = words("client_key");
    order.title = words("title");
    order.description = words("description");
    for (const json::value& tag : in.at("tags").as_array())
        order.tags.emplace_back(tag.as_string());
    order.size = in.at("size").to_number<std::uint64_t>();
    order.content_type = words("content_type");
    order.source_key = words("source_key");
    order.thumbnail_key = words("thumbnail_key");
    order.thumbnail_size = in.at("thumbnail_size").to_number<std::uint64_t>();
    order.duration = std::chrono::microseconds(in.at("duration_us").to_number<std::int64_t>());
    order.width = in.at("width").to_number<int>();
    order.height = in.at("height").to_number<int>();
    order.frame_rate = in.at("frame_rate").to_number<double>();
    order.options = in.at("options").as_object();
    return order;
}

} // namespace vitrina
