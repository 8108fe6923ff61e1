#pragma once
#include "http/response.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// Which pages of other origins may read our answers. No credentials are ever involved: a token is sent by the page's
// own code, not by the browser on its own.
class Cors {
public:
    // "*", or origins separated by commas ("https://app.example, http://localhost:8080"); "" is none.
    explicit Cors(std::string_view origins);

    // Adds what belongs on the answer, the preflight's included.
    void apply(const Request& request, Response& response) const;

private:
    bool any_ = false;
    std::vector<std::string> origins_;
};

} // namespace vitrina
