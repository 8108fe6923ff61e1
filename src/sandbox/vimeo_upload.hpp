#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// From a placeholder to its last byte, which makes it a post.
class VimeoUpload {
public:
    explicit VimeoUpload(World& world) : world_(world) {}

    Response create(Call& call, const Account& account);
    Task<Response> patch(Call& call);
    Response offset(Call& call) const;

    // The placeholder of that video, while it is none yet.
    std::optional<Upload> placeholder(std::string_view video) const;

private:
    Upload require_upload(const Call& call) const;
    Task<> complete(Call& call, Upload& upload);

    World& world_;
};

std::string vimeo_link(const boost::json::object& video, const std::string& id);

} // namespace vitrina::sandbox
