// The files of the AWS command line: whatever they hold, a profile has a name and short plain values, and what is read
// can be written and read again.
// Instruments: src/aws/profile_file.cpp
#include "aws/profile_file.hpp"
#include "bytes.hpp"

#include <algorithm>
#include <stdexcept>

using namespace vitrina;
using fuzz::require;

namespace {

void check(std::string_view text, AwsProfileFile file)
{
    AwsProfiles profiles;
    try {
        profiles = parse_aws_profiles(text, file);
    } catch (const std::invalid_argument& wrong) {
        require(std::string_view(wrong.what()).size() < 100, "a refusal repeats nothing of the file");
        return;
    }
    std::string written;
    for (const auto& [name, profile] : profiles) {
        require(!name.empty(), "a profile has a name");
        written += "[" + name + "]\n";
        for (const auto& [field, value] : profile) {
            require(value.find('\n') == value.npos && value.size() <= text.size(), "a value comes from one line");
            written += field + "=" + value + "\n";
        }
    }
    // A quoted name was written without its quotes, which may leave blanks around it.
    const bool plain = std::ranges::none_of(
        profiles, [](const auto& one) { return one.first.find_first_of("\" \t#;") != one.first.npos; });
    if (plain)
        require(parse_aws_profiles(written, AwsProfileFile::credentials) == profiles, "profiles read back");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);
    check(text, AwsProfileFile::credentials);
    check(text, AwsProfileFile::config);
    return 0;
}
