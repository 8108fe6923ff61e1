#include "storage/s3/s3_reply.hpp"

#include "aws/xml_walk.hpp"
#include "core/errors.hpp"
#include "storage/s3/s3_address.hpp"
#include "storage/s3/s3_reader.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

bool is_xml(std::string_view text)
{
    const auto any = [](std::span<const std::string_view>, const std::string&) { return true; };
    return walk_xml(text, any);
}

std::string list_of(const std::string& inside)
{
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/"
           "2006-03-01/\"><Name>b</Name><Prefix/>" +
           inside + "</ListBucketResult>";
}

const std::string one_object =
    "<Contents><Key>videos/1/a.mp4</Key><LastModified>2026-03-01T12:00:00.000Z</LastModified>"
    "<ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag><Size>12</Size>"
    "<ChecksumAlgorithm>A</ChecksumAlgorithm><ChecksumAlgorithm>B</ChecksumAlgorithm>"
    "<Owner><ID>1</ID></Owner></Contents>";

} // namespace

TEST_CASE("s3 reply: lists")
{
    const auto page = parse_s3_list(list_of("<IsTruncated>false</IsTruncated>" + one_object));
    REQUIRE(page);
    REQUIRE(page->objects.size() == 1);
    CHECK(page->objects[0].key == "videos/1/a.mp4");
    CHECK(page->objects[0].size == 12);
    CHECK(page->objects[0].modified == 1'772'366'400);
    CHECK(page->next.empty());

    const auto more = parse_s3_list(list_of("<IsTruncated>true</IsTruncated><NextContinuationToken>a+/=&amp;"
                                            "</NextContinuationToken>"));
    REQUIRE(more);
    CHECK(more->next == "a+/=&");

    const std::string encoded = "<Contents><Key>a%2Fb%20c</Key><LastModified>2026-03-01T12:00:00Z</LastModified>"
                                "<Size>1</Size></Contents><IsTruncated>false</IsTruncated>";
    CHECK(parse_s3_list(list_of(encoded))->objects[0].key == "a%2Fb%20c");
    CHECK(parse_s3_list(list_of(encoded + "<EncodingType>url</EncodingType>"))->objects[0].key == "a/b c");
}

TEST_CASE("s3 reply: lists that could mean anything are refused")
{
    for (const std::string& inside :
         {std::string(), std::string("<IsTruncated>perhaps</IsTruncated>"),
          std::string("<IsTruncated>true</IsTruncated>"), // and no word of where it goes on
          std::string("<IsTruncated>false</IsTruncated><IsTruncated>true</IsTruncated>"),
          std::string("<IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents>"),
          "<IsTruncated>false</IsTruncated>" + one_object +
              "<Contents><Key>a</Key><Key>b</Key><Size>1</Size>"
              "<LastModified>2026-03-01T12:00:00Z</LastModified></Contents>",
          std::string("<IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>-1</Size>"
                      "<LastModified>2026-03-01T12:00:00Z</LastModified></Contents>")}) {
        CAPTURE(inside);
        CHECK_FALSE(parse_s3_list(list_of(inside)));
    }
    CHECK_FALSE(parse_s3_list("<Error><Code>InternalError</Code></Error>"));
}

TEST_CASE("s3 reply: uploads, ids, completions and errors")
{
    const auto page = parse_s3_uploads(
        "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>"
        "<NextUploadIdMarker>i</NextUploadIdMarker><Upload><Key>a</Key><UploadId>1</UploadId><Initiator><ID>x</ID>"
        "</Initiator></Upload><Upload><Key>b</Key><UploadId>2</UploadId></Upload></ListMultipartUploadsResult>");
    REQUIRE(page);
    REQUIRE(page->uploads.size() == 2);
    CHECK(page->uploads[1].id == "2");
    CHECK(page->next_key == "k");
    CHECK(page->next_id == "i");

    CHECK(parse_s3_upload_id(
              "<InitiateMultipartUploadResult><UploadId>a/b+</UploadId></InitiateMultipartUploadResult>") == "a/b+");
    CHECK_FALSE(parse_s3_upload_id("<InitiateMultipartUploadResult/>"));
    CHECK_FALSE(parse_s3_upload_id("<Other><UploadId>1</UploadId></Other>"));

    CHECK(is_s3_completion(" \n <CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>\n"));
    CHECK(is_s3_completion("   <?xml version=\"1.0\"?> <CompleteMultipartUploadResult/>"));
    CHECK_FALSE(is_s3_completion("<Error><Code>InternalError</Code></Error>"));
    CHECK_FALSE(is_s3_completion(""));

    CHECK(parse_s3_error("<Error><Code>NoSuchKey</Code><Message></Message></Error>") == "NoSuchKey");
    CHECK_FALSE(parse_s3_error("<Error><Code>a b\n</Code></Error>"));
    CHECK_FALSE(parse_s3_error("<Error><Code>" + std::string(65, 'a') + "</Code></Error>"));
}

TEST_CASE("s3 reply: only plain, well-formed, shallow XML is read")
{
    CHECK(is_xml("<a x=\"1\" y = '2'><b/>t&lt;&#65;&#x1F600;</a>"));
    for (const char* text : {"",
                             "text",
                             "<a>",
                             "<a></b>",
                             "<a/><b/>",
                             "<a/>x",
                             "<a><b></a></b>",
                             "<a x></a>",
                             "<a x=1/>",
                             "<a x='<'/>",
                             "<a>&nbsp;</a>",
                             "<a>&#0;</a>",
                             "<a>&#xD800;</a>",
                             "<a>&#x110000;</a>",
                             "<a>&amp</a>",
                             "<a>\x01</a>",
                             "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
                             "<a><!-- c --></a>",
                             "<a><![CDATA[x]]></a>",
                             "<a><?php ?></a>",
                             "<a/",
                             "< a/>",
                             "<a><b x='1'y='2'/></a>",
                             "<?xml version=\"1.0\"",
                             "</a>"}) {
        CAPTURE(text);
        CHECK_FALSE(is_xml(text));
    }
    std::string deep, shut;
    for (int i = 0; i < 9; ++i) {
        deep += "<a>";
        shut += "</a>";
    }
    CHECK_FALSE(is_xml(deep + shut));
    CHECK_FALSE(is_xml("<a>" + std::string(20'000, 'x') + "</a>"));
}

TEST_CASE("s3 reply: content ranges")
{
    CHECK(parse_s3_content_range("bytes 0-9/200")->size == 200);
    for (const char* text : {"", "bytes", "bytes 0-9", "bytes 0-9/*", "bytes 9-0/200", "bytes 0-200/200", "bytes */200",
                             "bytes -9/200", "bytes 0-99999999999999999999/200"})
        CHECK_FALSE(parse_s3_content_range(text));
}

TEST_CASE("s3 address: where a bucket is")
{
    const auto named = parse_s3_address("https://S3.eu-west-1.amazonaws.com:443/", "my-videos", false);
    CHECK(named.host == "my-videos.s3.eu-west-1.amazonaws.com");
    CHECK(named.url("videos/1/a.mp4", "") == "https://my-videos.s3.eu-west-1.amazonaws.com/videos/1/a.mp4");
    CHECK(named.url("", "uploads=") == "https://my-videos.s3.eu-west-1.amazonaws.com/?uploads=");
    const auto in_path = parse_s3_address("http://127.0.0.1:7480", "my-videos", false);
    CHECK(in_path.url("a", "") == "http://127.0.0.1:7480/my-videos/a");
    CHECK(in_path.url("", "list-type=2") == "http://127.0.0.1:7480/my-videos?list-type=2");
    CHECK(parse_s3_address("https://store.example", "my.videos", false).in_path); // no certificate names such a host
    for (const char* endpoint : {"", "store.example", "ftp://store.example", "https://", "https://a/b", "https://u@a"})
        CHECK_THROWS_AS(parse_s3_address(endpoint, "bucket", false), Unavailable);
    for (const char* bucket : {"", "ab", "a/b", "../x", "-ab", "a b c"})
        CHECK_THROWS_AS(parse_s3_address("https://store.example", bucket, false), Unavailable);
}
