#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// What Facebook and Instagram share of Meta's Graph API. Both live on the same hosts; a person's and a page's tokens
// are Facebook's, and open the Instagram account that is linked to the page.

inline constexpr const char* graph_host = "graph.facebook.com";
inline constexpr const char* rupload_host = "rupload.facebook.com";

// Instagram's numbers have 17 digits and begin so; nothing of Facebook's does.
bool is_instagram_id(std::string_view id);
std::string fresh_instagram_id(World& world);
std::string fresh_facebook_id(World& world);

enum class TokenOf { person, page };
// The parameter access_token, of a live token of that kind with these scopes; the path's version is one that is served.
Token require_graph_token(const Call& call, TokenOf of, std::initializer_list<std::string_view> scopes);
// Of the upload host: "Authorization: OAuth TOKEN", and nothing in the address.
Token require_upload_token(const Call& call, std::initializer_list<std::string_view> scopes);

// {"error":{"message":…,"type":"OAuthException","code":100,"error_subcode":33,"fbtrace_id":…}}; the reason is the code:
// "100/33".
Response graph_refusal(const Refusal& refusal);
// {"debug_info":{"retriable":false,"type":…,"message":…}}; the reason is the type.
Response rupload_refusal(const Refusal& refusal);

Refusal no_such_node(std::string_view id);
Refusal bad_parameter(std::string words);
Response success();

// The headers of a part: from which byte on, and of how many. The rest of the file comes with it, whole.
struct RuploadPart {
    std::uint64_t offset = 0, size = 0;
};
RuploadPart require_part(const Call& call);

// The members that `fields` asks for; 100 for one that there is not.
boost::json::object picked(const Call& call, const boost::json::object& node);

} // namespace vitrina::sandbox
