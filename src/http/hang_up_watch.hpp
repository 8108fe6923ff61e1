#pragma once
#include "http/client_line.hpp"
#include "http/response.hpp"

#include <memory>

namespace vitrina {

// Stops a live body as soon as its client hangs up; without it that would show only when the next piece is sent. What
// the client says meanwhile is kept for later. While it exists, nobody else waits for the line to become readable.
class HangUpWatch {
public:
    HangUpWatch(ClientLine& line, LiveBody& body);
    ~HangUpWatch();
    HangUpWatch(const HangUpWatch&) = delete;
    HangUpWatch& operator=(const HangUpWatch&) = delete;

private:
    struct Watched;
    static void wait(std::shared_ptr<Watched> watched);

    ClientLine& line_;
    std::shared_ptr<Watched> watched_;
};

} // namespace vitrina
