#include "api/contract/video_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

Video given_video()
{
    Video video;
    video.id = *VideoId::parse("01900000-0000-7000-8000-000000000001");
    video.title = "Gatos \"felices\"";
    video.source_key = "videos/01900000-0000-7000-8000-000000000001/abc.mp4";
    video.uploaded_at = *parse_iso_time("2026-03-01T12:30:05.123456Z");
    return video;
}

std::string shown(const Video& video)
{
    std::string out;
    append_contract_video(out, video, VideoUrls("http://h:1", nullptr));
    return out;
}

} // namespace

TEST_CASE("the eleven members, in their types, with nothing known yet")
{
    CHECK(shown(given_video()) ==
          R"({"id":"01900000-0000-7000-8000-000000000001","title":"Gatos \"felices\"","description":"",)"
          R"("file_path":"http://h:1/files/01900000-0000-7000-8000-000000000001/original.mp4",)"
          R"("s3_url":"http://h:1/files/01900000-0000-7000-8000-000000000001/original.mp4","thumbnail_path":"",)"
          R"("tags":[],"upload_date":"2026-03-01T12:30:05.123456","duration":0,"is_published":false,)"
          R"("published_platforms":[]})");
}

TEST_CASE("everything known")
{
    Video video = given_video();
    video.tags = {"a", "b"};
    video.duration = 10'027ms;
    video.thumbnail_key = "thumbnails/x/y.jpg";
    video.published_platforms = {"youtube"};
    const auto json = boost::json::parse(shown(video)).as_object();
    CHECK(json.size() == 11);
    CHECK(json.at("duration") == 10);
    CHECK(json.at("is_published") == true);
    CHECK(boost::json::serialize(json.at("tags")) == R"(["a","b"])");
    CHECK(json.at("thumbnail_path") == "http://h:1/files/01900000-0000-7000-8000-000000000001/thumbnail.jpg");
}

TEST_CASE("seconds are whole, to the nearest, and never none for a video that has a length")
{
    CHECK(whole_seconds(0us) == 0);
    CHECK(whole_seconds(1us) == 1);
    CHECK(whole_seconds(499ms) == 1);
    CHECK(whole_seconds(1'499ms) == 1);
    CHECK(whole_seconds(10'027ms) == 10);
    CHECK(whole_seconds(59'600ms) == 60);
}
