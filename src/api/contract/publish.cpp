#include "api/contract/publish.hpp"

#include "api/error_response.hpp"
#include "api/json_body.hpp"
#include "api/prefer.hpp"
#include "api/publication_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace vitrina {
namespace {

Fault invalid(std::string message)
{
    return {FaultKind::invalid, "VT-PUB-009", std::move(message), "", {}, {}};
}

// {"platforms": ["youtube", …]}; other members are left alone, as existing clients expect.
Result<std::vector<std::string>> platforms_of(JsonBody& body)
{
    const boost::json::value* value = body.value("platforms");
    const bool is_empty_array = value && value->is_array() && value->get_array().empty();
    if (!value || value->is_null() || is_empty_array)
        return invalid("No platforms specified");
    std::vector<std::string> platforms;
    const auto* list = value->if_array();
    const bool sane = list && list->size() <= 100;
    for (std::size_t i = 0; sane && i < list->size(); ++i)
        if (const auto* name = (*list)[i].if_string())
            platforms.emplace_back(name->data(), name->size());
    if (!sane || platforms.size() != list->size())
        return invalid("\"platforms\" must be an array of platform names");
    return platforms;
}

} // namespace

ContractPublish::ContractPublish(Videos& videos, PublishRequests& requests, Publications& publications,
                                 const Platforms& platforms)
    : videos_(videos), requests_(requests), publications_(publications), platforms_(platforms)
{
}

std::vector<Route> ContractPublish::routes()
{
    return {
        {Method::post, "/api/videos/{id}/publish", [this](const Request& r) { return publish(r); }, Scope::publish,
         Body::buffered},
    };
}

Task<Response> ContractPublish::publish(const Request& request)
{
    auto body = JsonBody::parse(request);
    if (!body)
        co_return error_response(request, body.error());
    auto platforms = platforms_of(*body);
    if (!platforms)
        co_return error_response(request, platforms.error());

    const auto id = VideoId::parse(request.parameter("id"));
    std::optional<Video> video;
    if (id)
        video = co_await videos_.find(*id);
    if (!video)
        co_return error_response(request, no_such_video());

    auto requested = co_await requests_.to_platforms(*video, std::move(*platforms));
    if (!requested) {
        Fault fault = requested.error();
        if (fault.kind == FaultKind::unprocessable)
            fault.kind = FaultKind::invalid; // the frozen surface knows no 422
        co_return error_response(request, fault);
    }
    std::vector<Publication> publications = std::move(*requested);
    const auto patience = preferred_wait(request);
    if (patience) {
        std::vector<PublicationId> ids;
        for (const Publication& publication : publications)
            ids.push_back(publication.id);
        publications = co_await publications_.await_settled(std::move(ids), *patience);
    }

    std::string text;
    JsonWriter json(text);
    json.begin_object().member("message", publications_message(publications, platforms_));
    json.member("publications").begin_array();
    for (const Publication& publication : publications)
        append_contract_publication(json, publication);
    json.end_array().end_object();
    Response response(200, "application/json", std::move(text));
    if (patience)
        response.headers.add("Preference-Applied", "wait=" + std::to_string(patience->count()));
    co_return response;
}

} // namespace vitrina
