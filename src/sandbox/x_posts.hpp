#pragma once
#include "sandbox/rate_window.hpp"
#include "sandbox/x_media.hpp"

namespace vitrina::sandbox {

// 2/tweets: what people see.
class XPosts {
public:
    XPosts(World& world, XMedia& media) : world_(world), media_(media) {}

    Response create(Call& call, const Account& account);
    Response remove(Call& call, const Account& account);
    // The account's last ones, newest first.
    Response list(Call& call, const Account& account);
    // What the world sees.
    Response page(Call& call) const;

private:
    void check_text(const boost::json::object& body, const Account& account) const;
    bool has_same_words(const std::string& account, const std::string& text) const;

    World& world_;
    XMedia& media_;
    RateWindow posts_{100, std::chrono::minutes{15}}, deletes_{50, std::chrono::minutes{15}},
        lists_{900, std::chrono::minutes{15}};
};

} // namespace vitrina::sandbox
