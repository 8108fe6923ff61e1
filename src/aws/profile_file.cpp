#include "aws/profile_file.hpp"

#include "http/grammar.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace vitrina {
namespace {

constexpr std::size_t longest_file = 1u << 20;

[[noreturn]] void refuse(std::size_t line, std::string_view why)
{
    throw std::invalid_argument("line " + std::to_string(line) + " " + std::string(why));
}

// The text up to " #" or " ;", trimmed.
std::string_view without_comment(std::string_view text)
{
    for (std::size_t at = 1; at < text.size(); ++at)
        if ((text[at] == '#' || text[at] == ';') && grammar::is_blank(text[at - 1]))
            return grammar::trim(text.substr(0, at));
    return grammar::trim(text);
}

std::string_view without_quotes(std::string_view text)
{
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        return text.substr(1, text.size() - 2);
    return text;
}

// The profile that "[…]" begins; nothing for a section of another kind.
std::optional<std::string> profile_of(std::string_view section, AwsProfileFile file)
{
    section = grammar::trim(section);
    if (file == AwsProfileFile::credentials || section == "default")
        return std::string(without_quotes(section));
    constexpr std::string_view word = "profile";
    if (!section.starts_with(word) || section.size() == word.size() || !grammar::is_blank(section[word.size()]))
        return std::nullopt;
    return std::string(without_quotes(grammar::trim(section.substr(word.size()))));
}

class Reader {
public:
    explicit Reader(AwsProfileFile file) : file_(file) {}

    void read(std::string_view line)
    {
        ++number_;
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (!std::ranges::all_of(line, grammar::is_value_char))
            refuse(number_, "has a control character");
        const std::string_view text = grammar::trim(line);
        if (text.empty() || text.front() == '#' || text.front() == ';')
            return;
        if (grammar::is_blank(line.front()))
            below_a_name();
        else if (text.front() == '[')
            section(without_comment(text));
        else
            property(text);
    }

    AwsProfiles take() { return std::move(profiles_); }

private:
    void section(std::string_view text)
    {
        if (!text.ends_with(']') || text.find_first_of("[]", 1) != text.size() - 1)
            refuse(number_, "is no [section]");
        in_section_ = true;
        may_nest_ = false;
        profile_ = nullptr;
        const auto name = profile_of(text.substr(1, text.size() - 2), file_);
        if (!name)
            return;
        if (name->empty())
            refuse(number_, "names no profile");
        const auto [at, is_new] = profiles_.try_emplace(*name);
        if (!is_new)
            refuse(number_, "begins a profile that was there before");
        profile_ = &at->second;
    }

    void property(std::string_view text)
    {
        const auto equals = text.find('=');
        if (equals == text.npos || equals == 0)
            refuse(number_, "is no \"name = value\"");
        if (!in_section_)
            refuse(number_, "stands before any [section]");
        const std::string name = grammar::lower(grammar::trim(text.substr(0, equals)));
        const std::string_view value = without_comment(text.substr(equals + 1));
        may_nest_ = value.empty();
        if (profile_ && !profile_->emplace(name, value).second)
            refuse(number_, "says again what the profile said before");
    }

    void below_a_name() const
    {
        if (!may_nest_)
            refuse(number_, "is indented below nothing");
    }

    const AwsProfileFile file_;
    AwsProfiles profiles_;
    std::size_t number_ = 0;
    bool in_section_ = false, may_nest_ = false;
    AwsProfile* profile_ = nullptr; // into profiles_; null in a section of another kind
};

} // namespace

AwsProfiles parse_aws_profiles(std::string_view text, AwsProfileFile file)
{
    if (text.size() > longest_file)
        throw std::invalid_argument("it is longer than 1 MiB");
    Reader reader(file);
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        reader.read(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return reader.take();
}

} // namespace vitrina
