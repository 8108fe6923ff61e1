#include "publishing/evidence.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace vitrina;

TEST_CASE("evidence keeps the network's words and hides what authorises")
{
    CHECK(evidence_of(R"({"error":{"code":403,"message":"Quota"}})") == R"({"error":{"code":403,"message":"Quota"}})");
    for (const char* body :
         {R"({"access_token":"s3cret","x":1})", R"({"Access_Token" : "s3cret"})", "a?access_token=s3cret&b=1",
          "Authorization: Bearer s3cret\n", R"(upload_id=s3cret)", R"({"refresh_token":"s3cret"})",
          "{'client_secret': 's3cret'}", R"({"password":"s3cret"})", "bearer access_token=s3cret",
          "password=x,access_token:\"s3cret\"", "password=the_access_token=\"s3cret\"",
          R"({"echo":"{\"access_token\":\"s3cret\"}"})", "<access_token>s3cret</access_token>",
          R"({"upload_url":"https://u.example/v?id=1&key=s3cret"})",
          R"({"upload_url":"https:\/\/u.example\/v?id=1\u0026key=s3cret"})", "id=1&upload_token=s3cret",
          "{\"access_token\":\n\"s3cret\"}"}) {
        CAPTURE(body);
        const std::string kept = evidence_of(body);
        CHECK(kept.find("s3cret") == std::string::npos);
        CHECK(kept.find("[hidden]") != std::string::npos);
    }
    CHECK(evidence_of("access_token") == "access_token[hidden]");
}

TEST_CASE("evidence is short, and is text")
{
    CHECK(evidence_of(std::string(100'000, 'x')).size() <= 4096);
    CHECK(evidence_of("a\xff\xfe\0b" + std::string("\xc3")) == "a");
    CHECK(evidence_of("a\xe0\x80\x80"
                      "b\xed\xa0\x80"
                      "c\xf4\x90\x80\x80"
                      "d\xf0\x8f\xbf\xbf"
                      "e") == "abcde");
    CHECK(evidence_of("€ 🎬") == "€ 🎬");
    CHECK(evidence_of("ñ\n\x01\x1b[31m") == "ñ\n[31m");
    std::string long_text;
    for (int i = 0; i < 5000; ++i)
        long_text += "ñ";
    CHECK(evidence_of(long_text).size() <= 4096);
}
