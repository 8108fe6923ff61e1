#include "http/multipart_parser.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <vector>

using namespace vitrina;

namespace {

struct Part {
    std::string name;
    std::optional<std::string> filename;
    std::string type, data;
    bool ended = false;
    bool operator==(const Part&) const = default;
};

struct Parsed {
    std::vector<Part> parts;
    bool complete = false;
    std::string broken;
};

Parsed parse(const std::vector<std::string>& feeds, std::string_view boundary = "XX", MultipartLimits limits = {})
{
    MultipartParser parser(boundary, limits);
    Parsed parsed;
    for (const std::string& bytes : feeds) {
        parser.feed(std::as_bytes(std::span(bytes)));
        while (true) {
            const FormEvent event = parser.next();
            if (const auto* begin = std::get_if<PartBegin>(&event))
                parsed.parts.push_back({begin->name, begin->filename, begin->content_type, {}});
            else if (const auto* data = std::get_if<PartData>(&event))
                parsed.parts.back().data.append(reinterpret_cast<const char*>(data->bytes.data()), data->bytes.size());
            else if (std::holds_alternative<PartEnd>(event))
                parsed.parts.back().ended = true;
            else if (const auto* broken = std::get_if<FormBroken>(&event))
                return parsed.broken = broken->reason, parsed;
            else if (std::holds_alternative<NeedBytes>(event))
                break;
        }
    }
    parsed.complete = parser.complete();
    return parsed;
}

std::string part(const std::string& head, const std::string& data)
{
    return "--XX\r\n" + head + "\r\n\r\n" + data + "\r\n";
}

const std::string title = "Content-Disposition: form-data; name=\"title\"";

std::optional<Part> only(const std::string& head)
{
    const Parsed parsed = parse({part(head, "x") + "--XX--"});
    return parsed.complete && parsed.parts.size() == 1 ? std::optional(parsed.parts[0]) : std::nullopt;
}

} // namespace

TEST_CASE("a form as a browser sends it")
{
    const Parsed parsed = parse({part(title, "Cats") +
                                 part("Content-Disposition: form-data; name=\"video\"; filename=\"cat.mp4\"\r\n"
                                      "Content-Type: video/mp4",
                                      "\r\n--X not the end\r\n") +
                                 part("content-disposition: form-data; name=empty", "") + "--XX--\r\nepilogue"});
    CHECK(parsed.complete);
    REQUIRE(parsed.parts.size() == 3);
    CHECK(parsed.parts[0] == Part{"title", std::nullopt, "", "Cats", true});
    CHECK(parsed.parts[1] == Part{"video", "cat.mp4", "video/mp4", "\r\n--X not the end\r\n", true});
    CHECK(parsed.parts[2] == Part{"empty", std::nullopt, "", "", true});
}

TEST_CASE("names and filenames with their escapes")
{
    CHECK(only("Content-Disposition: form-data; name=\"a%22b\"")->name == "a\"b");
    CHECK(only("Content-Disposition: form-data; name=\"a\\\"b\"")->name == "a\"b");
    CHECK(only("Content-Disposition: form-data; name=a; filename=\"C:\\dir\\cat.mp4\"")->filename ==
          "C:\\dir\\cat.mp4");
    CHECK(only("Content-Disposition: form-data; name=a; filename=\"100%.mp4\"")->filename == "100%.mp4");
    CHECK(only("Content-Disposition: form-data; name=a; filename=\"a;b.mp4\"")->filename == "a;b.mp4");
    CHECK(only("Content-Disposition: form-data; name=a; filename=\"\"")->filename == "");
    CHECK(only("Content-Disposition: form-data; name=a; filename=\"x\"; filename*=UTF-8''ni%C3%B1o.mp4")->filename ==
          "ni\xc3\xb1o.mp4");
    CHECK(only("Content-Disposition: form-data; name=a; filename*=iso-8859-1'es'ni%F1o.mp4")->filename ==
          "ni\xc3\xb1o.mp4");
    CHECK(only("Content-Disposition: FORM-DATA ; NAME=a;")->name == "a");
}

TEST_CASE("forms that are none")
{
    for (const std::string& bad :
         {part("X: y", "a") + "--XX--", part("no colon", "a") + "--XX--", part("Content-Disposition: attachment", "a"),
          part("Content-Disposition: form-data", "a"), part(title + "\r\n" + title, "a"),
          part(title + "\r\n folded", "a"), part("Content-Disposition: form-data; name=\"open", "a"),
          std::string("--XXY\r\n"), std::string("--XX-x"), std::string("--XX\n"),
          "--XX\r\n" + title + "\n\nx\r\n--XX--", part(title + "\x01", "a")}) {
        CAPTURE(bad);
        CHECK_FALSE(parse({bad}).broken.empty());
    }
    CHECK_FALSE(parse({part(title, "cut sho")}).complete);
    CHECK_FALSE(parse({""}).complete);
    CHECK(parse({"--XX--"}).complete);
    CHECK(parse({"preamble\r\n" + part(title, "a") + "--XX--"}).complete);
}

TEST_CASE("each limit is reached and no further")
{
    const auto form = [](int parts) {
        std::string text;
        for (int i = 0; i < parts; ++i)
            text += part(title, "a");
        return text + "--XX--";
    };
    CHECK(parse({form(3)}, "XX", {.parts = 3}).complete);
    CHECK_FALSE(parse({form(4)}, "XX", {.parts = 3}).broken.empty());
    const std::string head = title + "\r\nX: " + std::string(100, 'x');
    CHECK(parse({part(head, "a") + "--XX--"}, "XX", {.part_header_bytes = head.size() + 4}).complete);
    CHECK_FALSE(parse({part(head, "a") + "--XX--"}, "XX", {.part_header_bytes = head.size() + 3}).broken.empty());
    CHECK_FALSE(parse({part("X: " + std::string(10'000, 'x'), "a")}).broken.empty());
    CHECK_FALSE(parse({std::string(10'000, 'x')}).broken.empty());
}

TEST_CASE("boundaries in a Content-Type")
{
    CHECK(multipart_boundary("multipart/form-data; boundary=abc") == "abc");
    CHECK(multipart_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"") == "a b");
    for (const char* bad : {"", "text/plain; boundary=abc", "multipart/form-data",
                            "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
                            "multipart/form-data; boundary=\"a\\\r\nb\"", "multipart/mixed; boundary=a"})
        CHECK_FALSE(multipart_boundary(bad));
    CHECK_FALSE(multipart_boundary("multipart/form-data; boundary=" + std::string(201, 'a')));
}

TEST_CASE("content that looks like boundaries survives, however the bytes are cut")
{
    CHECK(rc::check("any data, any split, same parts", [] {
        // Made of what could confuse the scanner: beginnings of "\r\n--XX".
        const auto confusing = rc::gen::container<std::string>(rc::gen::elementOf(std::string("\r\n-XY")));
        const auto datas = *rc::gen::container<std::vector<std::string>>(confusing);
        std::string bytes;
        std::vector<Part> expected;
        for (const auto& data : datas) {
            RC_PRE((data + "\r\n").find("\r\n--XX") == std::string::npos);
            bytes += part(title, data);
            expected.push_back({"title", std::nullopt, "", data, true});
        }
        bytes += "--XX--\r\n";
        std::vector<std::string> feeds;
        for (std::size_t at = 0; at < bytes.size();) {
            const auto size = *rc::gen::inRange<std::size_t>(1, 12);
            feeds.push_back(bytes.substr(at, size));
            at += size;
        }
        const Parsed parsed = parse(feeds, "XX", {.parts = 1000});
        RC_ASSERT(parsed.broken == "");
        RC_ASSERT(parsed.complete);
        RC_ASSERT(parsed.parts == expected);
    }));
}
