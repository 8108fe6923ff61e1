#pragma once
#include <chrono>
#include <optional>
#include <string>

namespace vitrina {

// What a person types while something else is waited for, line by line; a pipe is read the same way.
class TypedLines {
public:
    // A line that came within that time, without its end. After the end of the input it only waits.
    std::optional<std::string> next(std::chrono::milliseconds patience);
    bool at_end() const { return ended_; }

private:
    std::optional<std::string> take_line();

    std::string waiting_;
    bool ended_ = false;
};

// Asks on the terminal, and does not show what is typed. A pipe is read as it is.
std::string ask_secretly(const std::string& question);
std::string ask(const std::string& question);

} // namespace vitrina
