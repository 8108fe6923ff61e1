#pragma once
#include "publishing/platform.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace vitrina {

struct TiktokOptions {
    std::string version = "v2"; // of the API
    // A video of at most so many bytes is sent in one piece, a larger one in pieces of `chunk`. 5 to 60 million.
    std::uint64_t whole_up_to = 60'000'000, chunk = 10'000'000;
    std::chrono::seconds first_look{10}; // after the upload, at its processing; then twice as long, up to a minute
    // How long TikTok may be at opening an upload whose answer did not come: each one counts against the account.
    std::chrono::seconds opening_settles{60};
    // How long bytes may be under way to an upload that takes no more of them, before it is given up for a new one.
    std::chrono::seconds upload_settles{120};
    // A public post gets its number when TikTok has looked it through. So long it is waited for; then the post counts
    // as published without an address.
    std::chrono::seconds numbered_within{90};
};

// TikTok's Content Posting API: posts at once, or puts a draft into the person's inbox. Throws std::invalid_argument
// for sizes TikTok would refuse.
std::unique_ptr<Platform> make_tiktok(TiktokOptions options = {});

} // namespace vitrina
