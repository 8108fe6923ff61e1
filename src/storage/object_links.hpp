#pragma once
#include "http/request.hpp"
#include "storage/object_store.hpp"

#include <chrono>
#include <string>

namespace vitrina {

struct ObjectLink {
    ObjectKey key;
    Method method = Method::get; // it is good for this one only: GET or HEAD
    std::string type;            // what the store is to say that it is
    std::string disposition;
    std::chrono::seconds valid_for{3600};
};

// Implemented by stores that a player can fetch from without us (storage/s3/s3_store).
class ObjectLinks {
public:
    virtual ~ObjectLinks() = default;
    struct Made {
        std::string url;
        std::chrono::seconds good_for; // less than was wanted where our own permission ends before
    };
    // An address that carries its own permission. The store is not asked whether there is such an object.
    virtual Task<Made> link(ObjectLink wanted) = 0;
    // Where all of them lead: "https://my-videos.s3.eu-west-1.amazonaws.com".
    virtual std::string origin() const = 0;
};

} // namespace vitrina
