#pragma once
#include <string>
#include <utility>

namespace vitrina {

// Text that must not reach a log or an answer: it has no printer, and is wiped when it goes.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}
    Secret(const Secret&) = default;
    Secret& operator=(const Secret&) = default;
    Secret(Secret&& other) noexcept : text_(other.text_) { other.wipe(); }
    Secret& operator=(Secret&& other) noexcept
    {
        if (this != &other) {
            wipe();
            text_ = other.text_;
            other.wipe();
        }
        return *this;
    }
    ~Secret() { wipe(); }

    const std::string& reveal() const { return text_; }
    bool empty() const { return text_.empty(); }

private:
    void wipe()
    {
        volatile char* p = text_.data();
        for (std::size_t i = 0; i < text_.size(); ++i)
            p[i] = 0;
        text_.clear();
    }
    std::string text_;
};

} // namespace vitrina
