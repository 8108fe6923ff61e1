#pragma once
#include "core/fault.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vitrina {

struct PublishOrder;

// What a network takes, as data: validation goes by it, and clients are served it, so that both say the same.

// What a limit on a text counts.
enum class TextUnit { characters, bytes, utf16_units, weighted }; // weighted: as X counts
std::size_t text_length(TextUnit unit, std::string_view text); // characters are Unicode code points

struct TextRule {
    std::size_t least = 0, most = 0;
    TextUnit unit = TextUnit::characters;
    std::string_view without = ""; // characters that must not be in it
};

struct TagRules {
    std::size_t most = 0;                    // how many; 0: any number
    std::size_t shortest = 0, longest = 0;   // characters of each; 0: any
    std::string_view without = "";
};

// 0 and an empty list ask nothing.
struct MediaRules {
    std::uint64_t smallest = 0, largest = 0; // bytes
    std::chrono::milliseconds shortest{}, longest{};
    int narrowest = 0, widest = 0, lowest = 0, highest = 0; // pixels
    double slowest = 0, fastest = 0;                        // frames per second
    double tallest = 0, broadest = 0;                       // width divided by height
    std::vector<std::string_view> types;                    // "video/mp4"
};

// One of a publication's options.
struct OptionRule {
    enum class Kind { text, flag, number, texts };
    std::string_view name;
    Kind kind = Kind::text;
    std::vector<std::string_view> choices = {}; // of a text; empty: any
    TextRule length = {};                       // of a text; most 0: any
    std::string_view fallback = "";             // what an absent one stands for, as JSON would say it
    bool required = false;
};

// What can be done about a post that is out.
struct PostRules {
    // Whether it is looked at again now and then. Not where reading costs money or is not allowed.
    bool looked_at = false;
    // The options whose words can still be changed; empty: none.
    std::vector<std::string_view> editable = {};
};

struct PlatformRules {
    // Of what the post says. most 0: the network has no such field. `text` is that of a post of one text, composed of
    // title, description and tags unless the option "text" is given; it is held against the option only.
    TextRule title, description, text;
    TagRules tags;
    MediaRules media;
    std::vector<OptionRule> options; // beside title, description and tags, which all have
    PostRules post = {};
};

// Everything in the order that breaks a rule, at once; `network` is the name people know. Pointers are into the options
// ("/title"), "" for the file.
std::vector<FieldError> check_rules(std::string_view network, const PlatformRules& rules, const PublishOrder& order);

} // namespace vitrina
