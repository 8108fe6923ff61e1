#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace vitrina {

// Appends JSON to a string, with no tree in between: lists of videos are the hot path. The caller keeps the
// brackets balanced; commas are set here. Text that is not UTF-8 comes out with U+FFFD in the wrong places.
//
//     JsonWriter json(out);
//     json.begin_object().member("id", id.text()).member("tags").begin_array().value("a").end_array().end_object();
class JsonWriter {
public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }

    // A member whose value follows. The name is ours, so it needs no escaping.
    JsonWriter& member(std::string_view name);
    template <class T>
    JsonWriter& member(std::string_view name, const T& content)
    {
        return member(name).value(content);
    }

    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
    JsonWriter& value(std::same_as<bool> auto truth) { return raw(truth ? "true" : "false"); }
    JsonWriter& value(std::integral auto number)
        requires(!std::same_as<decltype(number), bool>)
    {
        return integer(std::int64_t(number));
    }
    // Shortest digits that read back as the same number; what is not finite becomes null.
    JsonWriter& value(double number);
    JsonWriter& null() { return raw("null"); }
    // JSON that was made elsewhere.
    JsonWriter& raw(std::string_view json);

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    JsonWriter& integer(std::int64_t number);
    void comma()
    {
        if (comma_due_)
            out_ += ',';
    }

    std::string& out_;
    bool comma_due_ = false;
};

} // namespace vitrina
