#include "api/json_writer.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <doctest/doctest.h>
#include <limits>
#include <rapidcheck.h>

using namespace vitrina;
namespace json = boost::json;

namespace {

std::string written(std::string_view text)
{
    std::string out;
    JsonWriter(out).value(text);
    return out;
}

std::string read_back(std::string_view text)
{
    return json::value_to<std::string>(json::parse(written(text)));
}

} // namespace

TEST_CASE("brackets, commas and every kind of value")
{
    std::string out;
    JsonWriter json(out);
    json.begin_object()
        .member("text", "a\"b\\c\n\x01")
        .member("whole", -12)
        .member("large", std::numeric_limits<std::int64_t>::max())
        .member("real", 10.027)
        .member("yes", true)
        .member("nothing")
        .null()
        .member("empty")
        .begin_array()
        .end_array()
        .member("list")
        .begin_array()
        .value(1)
        .value("b")
        .begin_object()
        .end_object()
        .end_array()
        .end_object();
    CHECK(out == R"({"text":"a\"b\\c\n\u0001","whole":-12,"large":9223372036854775807,"real":10.027,"yes":true,)"
                 R"("nothing":null,"empty":[],"list":[1,"b",{}]})");
}

TEST_CASE("what is not a number is null, a whole real stays readable")
{
    std::string out;
    JsonWriter(out)
        .begin_array()
        .value(std::numeric_limits<double>::quiet_NaN())
        .value(std::numeric_limits<double>::infinity())
        .value(1.0)
        .end_array();
    CHECK(out == "[null,null,1]");
}

TEST_CASE("valid UTF-8 goes out unchanged, bytes that are not become U+FFFD")
{
    CHECK(written("Canción 🎬 日本") == "\"Canción 🎬 日本\"");
    CHECK(written("\xff") == "\"\xEF\xBF\xBD\"");
    CHECK(read_back("a\xC0\xAF") == "a\xEF\xBF\xBD\xEF\xBF\xBD");          // overlong slash
    CHECK(read_back("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); // a surrogate
    CHECK(read_back("\xF4\x90\x80\x80").size() == 12);                     // past U+10FFFF
    CHECK(read_back("cut \xE6\x97") == "cut \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("any bytes make JSON that a strict parser accepts; ASCII comes back as it was")
{
    CHECK(rc::check("any bytes are accepted", [](const std::string& text) {
        std::error_code error;
        json::parse(written(text), error);
        RC_ASSERT(!error);
    }));
    CHECK(rc::check("ASCII round trips", [] {
        const auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127));
        RC_ASSERT(read_back(text) == text);
    }));
}
