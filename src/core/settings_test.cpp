#include "core/settings.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace vitrina;

namespace {

Settings resolved(std::vector<SettingsLayer> layers)
{
    auto settings = Settings::resolve(layers);
    REQUIRE(settings);
    return *settings;
}

} // namespace

TEST_CASE("the nearer layer wins, and says where a value came from")
{
    const Settings settings = resolved({{"flag", {{"VITRINA_LISTEN", "127.0.0.1:1"}}},
                                        {"environment", {{"VITRINA_LISTEN", "127.0.0.1:2"}, {"DB_PORT", "6543"}}}});
    CHECK(settings.text("VITRINA_LISTEN") == "127.0.0.1:1");
    CHECK(settings.number("DB_PORT") == 6543);
    CHECK(settings.text("VITRINA_DATA") == "./data");
    for (const auto& chosen : settings.all())
        if (chosen.setting->name == "DB_PORT")
            CHECK(chosen.source == "environment");
}

TEST_CASE("sizes, times and yes or no are read as people write them")
{
    const Settings settings = resolved({{"flag",
                                         {{"VITRINA_MAX_UPLOAD", "20 GiB"},
                                          {"VITRINA_MIN_RATE", "5kb"},
                                          {"VITRINA_DRAIN", "2m"},
                                          {"VITRINA_OPEN", "Yes"}}}});
    CHECK(settings.number("VITRINA_MAX_UPLOAD") == 20LL << 30);
    CHECK(settings.number("VITRINA_MIN_RATE") == 5000);
    CHECK(settings.number("VITRINA_DRAIN") == 120);
    CHECK(settings.yes("VITRINA_OPEN"));
    CHECK(resolved({}).number("VITRINA_MAX_UPLOAD") == 0);
}

TEST_CASE("a value of the wrong kind is refused with its name, its source and what would be right")
{
    const SettingsLayer layer{".env", {{"VITRINA_DRAIN", "soon"}}};
    const auto settings = Settings::resolve(std::span(&layer, 1));
    REQUIRE_FALSE(settings);
    CHECK(settings.error().message == "VITRINA_DRAIN (from .env) must be a time such as 30s or 5m, not \"soon\".");
    for (const char* bad : {"-1", "1 parsec", "99999999999999999999", "99999999 TiB"}) {
        const SettingsLayer sizes{"flag", {{"VITRINA_MAX_UPLOAD", bad}}};
        CHECK_FALSE(Settings::resolve(std::span(&sizes, 1)));
    }
}

TEST_CASE("of a few words, one of them")
{
    CHECK(resolved({{"flag", {{"VITRINA_LOG_FORMAT", "text"}}}}).text("VITRINA_LOG_FORMAT") == "text");
    CHECK(resolved({{"environment", {{"VITRINA_LOG", ""}}}}).text("VITRINA_LOG") == "info");
    for (const char* wrong : {"yaml", "or", "tex", "json,"}) {
        const std::vector<SettingsLayer> layers{{".env", {{"VITRINA_LOG_FORMAT", wrong}}}};
        const auto refused = Settings::resolve(layers);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message ==
              "VITRINA_LOG_FORMAT (from .env) must be json, text or auto, not \"" + std::string(wrong) + "\".");
    }
}

TEST_CASE("a misspelt name is answered with the one that was meant")
{
    CHECK(nearest_setting("VITRINA_LISEN") == "VITRINA_LISTEN");
    CHECK(nearest_setting("VITRINA_MAXUPLOAD") == "VITRINA_MAX_UPLOAD");
    CHECK(nearest_setting("SOMETHING_ELSE_ENTIRELY").empty());
}

TEST_CASE("every setting has a name, a flag of its own, a sentence, and a default its kind can have")
{
    std::set<std::string> flags;
    for (const Setting& setting : all_settings()) {
        CHECK(flags.insert(flag_name(setting)).second);
        CHECK(setting.meaning.ends_with("."));
    }
    CHECK(Settings::resolve({}));
}

TEST_CASE("two that were set up alike have the same fingerprint, whatever their secrets and whoever said it")
{
    const Settings one = resolved({{"flag", {{"VITRINA_LISTEN", "127.0.0.1:1"}, {"VITRINA_SECRET_KEY", "a"}}}});
    const Settings same = resolved({{"environment", {{"VITRINA_LISTEN", "127.0.0.1:1"}, {"VITRINA_SECRET_KEY", "b"}}}});
    const Settings other = resolved({{"flag", {{"VITRINA_LISTEN", "127.0.0.1:2"}}}});
    CHECK(one.fingerprint() == same.fingerprint());
    CHECK(one.fingerprint() != other.fingerprint());
    CHECK(one.fingerprint().size() == 16);
}
