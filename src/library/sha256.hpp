#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace vitrina {

// SHA-256 of bytes as they come.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void add(std::span<const std::byte> bytes);
    // In lower-case hex; once, at the end.
    std::string finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

} // namespace vitrina
