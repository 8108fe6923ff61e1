#include "cli/console.hpp"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace vitrina {
namespace {

bool terminal_is_spanish()
{
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
        if (const char* value = std::getenv(name); value && *value)
            return std::string_view(value).starts_with("es");
    return false;
}

void write_line(std::FILE* file, std::string_view line)
{
    std::fwrite(line.data(), 1, line.size(), file);
    std::fputc('\n', file);
    std::fflush(file);
}

} // namespace

const char* say(const char* english, const char* spanish)
{
    static const bool in_spanish = terminal_is_spanish();
    return in_spanish ? spanish : english;
}

void print(std::string_view line)
{
    write_line(stdout, line);
}

void complain(std::string_view line)
{
    write_line(stderr, line);
}

} // namespace vitrina
