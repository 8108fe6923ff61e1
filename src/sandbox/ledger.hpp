#pragma once
#include "sandbox/sqlite.hpp"

#include <optional>

namespace vitrina::sandbox {

// Something a network accepted and would show to the world.
struct Post {
    std::string network, account;
    std::string id; // the network's own
    std::string kind; // "video", "status"
    std::string title, text, privacy;
    std::string details = "{}"; // JSON: what else this network keeps of it
    std::string sha256;         // of the bytes, as they were assembled
    std::uint64_t size = 0;
    std::string url;    // the permalink
    std::string source; // the upload session or the media it was made from
    std::string failure; // why its processing will fail; "" when it will not
    Instant accepted{}, ready{}, listed{}; // taken · processed · shown in listings
    std::optional<Instant> deleted;
};

// Every accepted post, once, for good. What the tests assert on.
class Ledger {
public:
    explicit Ledger(Sqlite& database);

    // Throws when the network has a post of that id already.
    void add(const Post& post);
    // Deleted ones as well.
    std::optional<Post> find(std::string_view network, std::string_view id) const;
    // In the order they were accepted; "" stands for any network or account.
    std::vector<Post> list(std::string_view network = "", std::string_view account = "") const;
    // Title, text, privacy and details.
    void edit(const Post& post);
    void mark_deleted(const Post& post, Instant now);

private:
    Sqlite& database_;
};

} // namespace vitrina::sandbox
