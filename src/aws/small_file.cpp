#include "aws/small_file.hpp"

#include <fstream>

namespace vitrina {

std::optional<std::string> read_small_file(const std::string& path)
{
    constexpr std::size_t most = 1u << 20;
    std::ifstream file(path, std::ios::binary);
    std::string text(most + 1, '\0');
    file.read(text.data(), std::streamsize(text.size()));
    if (file.bad() || (file.fail() && !file.eof()) || std::size_t(file.gcount()) > most)
        return std::nullopt;
    text.resize(std::size_t(file.gcount()));
    return text;
}

std::optional<std::string> read_token_file(const std::string& path)
{
    auto text = read_small_file(path);
    while (text && (text->ends_with('\n') || text->ends_with('\r') || text->ends_with(' ')))
        text->pop_back();
    return text;
}

} // namespace vitrina
