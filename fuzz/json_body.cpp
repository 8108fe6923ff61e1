// JSON bodies: any depth, any bytes; an answer, never a crash.
// Instruments: src/api/json_body.cpp
#include "api/json_body.hpp"

#include "bytes.hpp"

using namespace vitrina;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Request request;
    request.method = Method::post;
    request.headers.add("Content-Type", "application/json");
    request.body = fuzz::text(data, size);
    const auto body = JsonBody::parse(request);
    if (!body)
        require(!body.error().message.empty() && !body.error().code.empty(), "a refusal says why");
    return 0;
}
