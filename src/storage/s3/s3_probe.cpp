#include "storage/s3/s3_probe.hpp"

#include "core/errors.hpp"
#include "core/random.hpp"
#include "http/grammar.hpp"
#include "storage/s3/s3_objects.hpp"
#include "storage/s3/s3_refusal.hpp"
#include "storage/s3/s3_reply.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace vitrina {
namespace {

using enum StoreAbility;
using State = StoreFinding::State;
using steady_clock = std::chrono::steady_clock;

constexpr std::string_view probe_prefix = "vitrina-probe/";
constexpr std::size_t smallest_part = 5u << 20;

// Not the same everywhere, so that a byte at a wrong place is seen.
std::string bytes_of(std::size_t size)
{
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = char(i * 2654435761u >> 11);
    return bytes;
}

std::string in_words(const S3Answer& answer)
{
    return std::to_string(answer.status) + (answer.error.empty() ? "" : ' ' + answer.error);
}

bool is_good(const S3Answer& answer)
{
    return answer.status / 100 == 2;
}

class Probe {
public:
    explicit Probe(S3ClientOptions options) : outbound_(options.outbound), client_(prepared(std::move(options)), clock_)
    {
    }

    Task<StoreReport> run()
    {
        const bool usable = co_await look();
        if (usable) {
            co_await attempt(write, whole_object());
            co_await attempt(damage_refused, damage());
            co_await attempt(conditional_put, condition_on_put());
            co_await attempt(multipart, parts());
            co_await attempt(conditional_complete, condition_on_complete());
            co_await attempt(uneven_parts, parts_of_different_sizes());
            co_await attempt(list_uploads, unfinished_upload());
            co_await attempt(presigned, links());
            co_await attempt(versions, kept_versions());
            co_await attempt(lifecycle, rules());
            co_await attempt(remove, clean_up());
        }
        co_return std::move(report_);
    }

private:
    // A person waits.
    static S3ClientOptions prepared(S3ClientOptions options)
    {
        options.attempts = std::min(options.attempts, 2);
        return options;
    }

    void note(StoreAbility ability, State state, bool has, std::string detail)
    {
        report_.push_back({ability, state, has, std::move(detail)});
    }
    void note_good(StoreAbility ability, std::string detail = "")
    {
        note(ability, State::good, true, std::move(detail));
    }
    // What is needed, or would be.
    void expect(StoreAbility ability, bool has, const S3Answer& answer, State otherwise = State::bad)
    {
        note(ability, has ? State::good : otherwise, has, has ? "" : in_words(answer));
    }

    // A step whose requests stay unanswered says so, and the next one is taken all the same.
    Task<> attempt(StoreAbility ability, Task<> step)
    {
        try {
            co_await std::move(step);
        } catch (const std::exception& error) {
            note(ability, State::bad, false, error.what());
        }
    }

    std::string key(std::string_view name) const { return place_ + std::string(name); }

    Task<S3Answer> ask(S3Call call)
    {
        S3Answer answer = co_await client_.send(call);
        const bool made = (call.method == Method::put || call.method == Method::post) && is_good(answer);
        if (const auto version = answer.headers.find("x-amz-version-id"); made && version)
            versions_.emplace_back(call.key, *version);
        co_return answer;
    }

    // Encrypted and stored like what is uploaded.
    void keep_as_set(S3Call& call) const
    {
        for (const Header& header : client_.for_new_objects())
            call.headers.add(header.name, header.value);
    }

    Task<S3Answer> put(std::string name, S3Body body, Headers headers = {})
    {
        S3Call call{.method = Method::put, .key = key(name), .headers = std::move(headers), .body = std::move(body)};
        call.headers.add("Content-Type", "application/octet-stream");
        keep_as_set(call);
        S3Answer answer = co_await ask(std::move(call));
        co_return answer;
    }

    Task<S3Answer> head(std::string name)
    {
        S3Call call{.method = Method::head, .key = key(name)};
        S3Answer answer = co_await ask(std::move(call));
        co_return answer;
    }

    Task<S3Answer> get(std::string name, std::string range)
    {
        S3Call call{.key = key(name), .largest_answer = 16u << 20};
        if (!range.empty())
            call.headers.add("Range", std::move(range));
        S3Answer answer = co_await ask(std::move(call));
        co_return answer;
    }

    Task<S3Answer> question(std::string name)
    {
        S3Call call{.query = {{std::move(name), ""}}};
        S3Answer answer = co_await ask(std::move(call));
        co_return answer;
    }

    // ---- what answers, and whether it lets us in

    Task<bool> look()
    {
        const S3Call first = s3_first_question();
        const S3Attempt attempt = co_await client_.attempt(first);
        if (const auto* trouble = std::get_if<S3Trouble>(&attempt)) {
            note(reachable, State::bad, false, why_s3_is_away(client_, *trouble));
            co_return false;
        }
        auto quickest = std::chrono::milliseconds::max();
        for (int i = 0; i < 3; ++i) {
            const auto began = steady_clock::now();
            co_await client_.attempt(first);
            const auto took = std::chrono::ceil<std::chrono::milliseconds>(steady_clock::now() - began);
            quickest = std::min(quickest, took);
        }
        const auto& answer = std::get<S3Answer>(attempt);
        const S3Address& address = client_.address();
        note_good(reachable, address.url("", "") + ", " + (address.encrypted() ? "TLS, " : "not encrypted, ") +
                                 std::to_string(quickest.count()) + " ms");
        look_at_clock(answer);
        if (const auto refusal = why_s3_refuses(client_, answer)) {
            note(access, State::bad, false, *refusal);
            co_return false;
        }
        note_good(access);
        const S3Call bucket{.method = Method::head};
        const S3Answer about = co_await ask(bucket);
        look_at_region(about);
        co_return true;
    }

    void look_at_clock(const S3Answer& answer)
    {
        const auto theirs = parse_http_date(answer.headers.get("Date"));
        if (!theirs)
            return;
        const auto ahead = std::chrono::floor<std::chrono::seconds>(*theirs - clock_.now()).count();
        // Requests of a clock that is wrong are signed with the store's time; the minute is what others would miss.
        const bool right = std::abs(ahead) <= 60;
        note(clock, right ? State::good : State::doubtful, right, std::to_string(ahead) + " s");
    }

    void look_at_region(const S3Answer& answer)
    {
        const std::string said = s3_region_of(answer.headers, "");
        const bool same = said.empty() || said == client_.region();
        note(region, same ? State::good : State::bad, same, said.empty() ? client_.region() : said);
    }

    // ---- objects

    Task<> whole_object()
    {
        const std::string content = bytes_of(64u << 10);
        Headers mark;
        mark.add("x-amz-meta-vitrina-writer", "probe");
        const S3Answer written = co_await put("object", make_s3_body(content, client_.proof()), mark);
        expect(write, is_good(written), written);
        if (!is_good(written))
            co_return;
        const S3Answer seen = co_await head("object");
        const S3Answer whole = co_await get("object", "");
        const bool same = whole.status == 200 && whole.body == content &&
                          seen.headers.get("x-amz-meta-vitrina-writer") == "probe" &&
                          grammar::number(seen.headers.get("Content-Length")) == content.size();
        expect(read, same, whole);
        const S3Answer piece = co_await get("object", "bytes=100-299");
        const bool exact = piece.status == 206 && piece.body == content.substr(100, 200) &&
                           piece.headers.get("Content-Range") == "bytes 100-299/" + std::to_string(content.size());
        expect(range, exact, piece);
        const S3Answer page = co_await listing();
        const auto listed = parse_s3_list(page.body);
        const bool there = listed && std::ranges::any_of(listed->objects, [this](const ObjectInfo& object) {
            return object.key == key("object");
        });
        expect(list, is_good(page) && listed.has_value(), page);
        const S3Call removal{.method = Method::del, .key = key("object")};
        const S3Answer removed = co_await ask(removal);
        note_marker(removed);
        expect(remove, is_good(removed), removed);
        const S3Answer gone = co_await head("object");
        const bool at_once = is_good(seen) && there && (gone.status == 404 || !is_good(removed));
        expect(read_after_write, at_once, gone, State::doubtful);
    }

    Task<S3Answer> listing()
    {
        S3Call call{.query = {{"list-type", "2"}, {"prefix", place_}, {"encoding-type", "url"}},
                    .largest_answer = 8u << 20};
        S3Answer answer = co_await ask(std::move(call));
        co_return answer;
    }

    // With versions, a removal makes one more: it says which.
    void note_marker(const S3Answer& removed)
    {
        if (const auto version = removed.headers.find("x-amz-version-id"))
            versions_.emplace_back(key("object"), *version);
    }

    // The proof of other bytes, as if these had changed on the way.
    Task<> damage()
    {
        S3Body body = make_s3_body("these bytes", client_.proof());
        const S3Body other = make_s3_body("other bytes", client_.proof());
        body.sha256 = other.sha256;
        body.md5 = other.md5;
        const S3Answer answer = co_await put("damaged", std::move(body));
        const S3Answer there = co_await head("damaged");
        expect(damage_refused, answer.status / 100 == 4 && there.status == 404, answer, State::doubtful);
    }

    Task<> condition_on_put()
    {
        Headers condition;
        condition.add("If-None-Match", "*");
        const S3Answer first = co_await put("condition", make_s3_body("1", client_.proof()), condition);
        const S3Answer second = co_await put("condition", make_s3_body("2", client_.proof()), condition);
        const bool honoured = is_good(first) && second.status == 412;
        note(conditional_put, State::good, honoured, honoured ? "" : in_words(is_good(first) ? second : first));
    }

    // ---- multipart uploads

    Task<std::string> begin(std::string name)
    {
        S3Call call{.method = Method::post, .key = key(name), .query = {{"uploads", ""}}, .repeat = S3Repeat::never};
        keep_as_set(call);
        const S3Answer answer = co_await ask(call);
        const auto id = parse_s3_upload_id(answer.body);
        if (!is_good(answer) || !id)
            throw Unavailable(in_words(answer));
        co_return *id;
    }

    Task<std::string> put_part(std::string name, std::string id, int number, std::string bytes)
    {
        S3Call call{.method = Method::put,
                    .key = key(name),
                    .query = {{"partNumber", std::to_string(number)}, {"uploadId", std::move(id)}},
                    .body = make_s3_body(std::move(bytes), client_.proof()),
                    .answer_within = std::chrono::seconds(60)};
        const S3Answer answer = co_await ask(std::move(call));
        if (!is_good(answer))
            throw Unavailable(in_words(answer));
        co_return std::string(answer.headers.get("ETag"));
    }

    Task<S3Answer> complete(std::string name, std::string id, std::vector<std::string> tags, Headers headers)
    {
        std::string xml = "<CompleteMultipartUpload>";
        for (std::size_t i = 0; i < tags.size(); ++i) {
            std::erase(tags[i], '"');
            xml += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>&quot;" + tags[i] +
                   "&quot;</ETag></Part>";
        }
        S3Call call{.method = Method::post,
                    .key = key(name),
                    .query = {{"uploadId", std::move(id)}},
                    .headers = std::move(headers),
                    .body = make_s3_body(xml + "</CompleteMultipartUpload>", client_.proof()),
                    .answer_within = std::chrono::seconds(60)};
        call.headers.add("Content-Type", "application/xml");
        S3Answer answer = co_await ask(std::move(call));
        if (answer.status == 200 && !is_s3_completion(answer.body)) {
            answer.status = 500; // said with 200
            answer.error = parse_s3_error(answer.body).value_or("");
        }
        co_return answer;
    }

    Task<S3Answer> upload(std::string name, std::vector<std::string> pieces, Headers headers = {})
    {
        const std::string id = co_await begin(name);
        std::vector<std::string> tags;
        for (std::string& piece : pieces) {
            std::string tag = co_await put_part(name, id, int(tags.size()) + 1, std::move(piece));
            tags.push_back(std::move(tag));
        }
        S3Answer answer = co_await complete(name, id, std::move(tags), std::move(headers));
        co_return answer;
    }

    Task<> parts()
    {
        const std::string large = bytes_of(smallest_part);
        std::vector<std::string> pieces{large, "the end"};
        const S3Answer answer = co_await upload("parts", std::move(pieces));
        const S3Answer seam = co_await get("parts", "bytes=" + std::to_string(smallest_part - 3) + '-' +
                                                        std::to_string(smallest_part + 6));
        const bool whole = is_good(answer) && seam.body == large.substr(large.size() - 3) + "the end";
        expect(multipart, whole, is_good(answer) ? seam : answer);
    }

    Task<> condition_on_complete()
    {
        Headers condition;
        condition.add("If-None-Match", "*");
        const S3Answer small = co_await put("taken", make_s3_body("1", client_.proof()));
        std::vector<std::string> pieces{"another"};
        const S3Answer answer = co_await upload("taken", std::move(pieces), condition);
        const bool honoured = is_good(small) && answer.status == 412;
        note(conditional_complete, State::good, honoured, honoured ? "" : in_words(answer));
    }

    Task<> parts_of_different_sizes()
    {
        std::vector<std::string> pieces{bytes_of(smallest_part), bytes_of(smallest_part + 4096), "the end"};
        const S3Answer answer = co_await upload("uneven", std::move(pieces));
        note(uneven_parts, State::good, is_good(answer), is_good(answer) ? "" : in_words(answer));
    }

    Task<std::vector<S3UnfinishedUpload>> unfinished(std::string prefix)
    {
        S3Call call{.query = {{"uploads", ""}, {"prefix", prefix}}, .largest_answer = 8u << 20};
        const S3Answer answer = co_await ask(std::move(call));
        auto page = parse_s3_uploads(answer.body);
        if (!is_good(answer) || !page)
            throw Unavailable(in_words(answer));
        co_return std::move(page->uploads);
    }

    Task<> unfinished_upload()
    {
        const std::string id = co_await begin("unfinished");
        const auto is_ours = [&](const S3UnfinishedUpload& upload) { return upload.id == id; };
        const auto before = co_await unfinished(key("unfinished"));
        const bool listed = std::ranges::any_of(before, is_ours);
        note(list_uploads, listed ? State::good : State::bad, listed, "");
        const S3Call abort{.method = Method::del, .key = key("unfinished"), .query = {{"uploadId", id}}};
        const S3Answer aborted = co_await ask(abort);
        const auto after = co_await unfinished(key("unfinished"));
        expect(abort_upload, is_good(aborted) && std::ranges::none_of(after, is_ours), aborted);
    }

    // ---- addresses that carry their own permission

    Task<> links()
    {
        const S3Answer written = co_await put("link", make_s3_body("linked", client_.proof()));
        const S3Presigned wanted{.method = Method::get,
                                 .key = key("link"),
                                 .query = {{"response-content-type", "video/mp4"},
                                           {"response-content-disposition", "inline; filename=\"a.mp4\""}},
                                 .valid_for = std::chrono::minutes(5)};
        const ObjectLinks::Made link = co_await client_.presign(wanted);
        const std::string& url = link.url;
        const OutboundReply good = co_await fetch(url);
        std::string forged = url;
        forged.back() = forged.back() == '0' ? '1' : '0';
        const OutboundReply refused = co_await fetch(forged);
        const bool works = is_good(written) && good.status == 200 && good.body == "linked";
        const bool typed = good.headers.get("Content-Type") == "video/mp4" &&
                           good.headers.get("Content-Disposition") == "inline; filename=\"a.mp4\"";
        if (works && refused.status == 200)
            note(presigned, State::bad, false, "a forged signature is accepted");
        else if (works && !typed)
            note(presigned, State::good, false, "the type and the name that were asked for are not sent");
        else
            note(presigned, State::good, works, works ? "" : std::to_string(good.status));
    }

    Task<OutboundReply> fetch(std::string url)
    {
        OutboundRequest request;
        request.url = std::move(url);
        request.reach = Reach::operator_named;
        OutboundResult result = co_await outbound_.send(std::move(request));
        if (auto* failure = std::get_if<OutboundFailure>(&result))
            throw Unavailable(failure->reason);
        co_return std::move(std::get<OutboundReply>(result));
    }

    // ---- what the bucket does by itself

    Task<> kept_versions()
    {
        const S3Answer answer = co_await question("versioning");
        const auto enabled = parse_s3_versioning(answer.body);
        if (is_good(answer) && enabled)
            note(versions, *enabled ? State::doubtful : State::good, *enabled, "");
        else
            note(versions, State::good, false, in_words(answer));
    }

    Task<> rules()
    {
        const S3Answer answer = co_await question("lifecycle");
        const auto found = is_good(answer) ? parse_s3_lifecycle(answer.body) : std::optional(S3Lifecycle{});
        if (!found || (!is_good(answer) && answer.status != 404))
            note(lifecycle, State::good, false, in_words(answer));
        else if (found->removes_objects)
            note(lifecycle, State::doubtful, true, "a rule removes objects after a time");
        else
            note(lifecycle, State::good, found->aborts_uploads, "");
    }

    // ---- and nothing is left

    // Ours, and what a probe left that was killed. A younger one may be at work.
    bool is_to_go(std::string_view at) const
    {
        if (at.starts_with(place_))
            return true;
        at.remove_prefix(std::min(at.size(), probe_prefix.size()));
        const auto begun = grammar::number(at.substr(0, at.find('-')));
        return begun && std::int64_t(*begun) < began_ - 3600;
    }

    Task<> clean_up()
    {
        const auto all = co_await unfinished(std::string(probe_prefix));
        for (const S3UnfinishedUpload& upload : all)
            if (is_to_go(upload.key)) {
                const S3Call call{.method = Method::del, .key = upload.key, .query = {{"uploadId", upload.id}}};
                co_await client_.send(call);
            }
        for (const auto& [at, version] : versions_) {
            const S3Call call{.method = Method::del, .key = at, .query = {{"versionId", version}}};
            co_await client_.send(call);
        }
        S3Objects objects(client_);
        for (std::string token;;) {
            const S3ListPage page = co_await objects.list_page(std::string(probe_prefix), token);
            for (const ObjectInfo& object : page.objects)
                if (is_to_go(object.key))
                    co_await objects.remove(object.key);
            if (page.next.empty())
                break;
            token = page.next;
        }
    }

    const SystemClock clock_;
    Outbound outbound_;
    S3Client client_;
    const std::int64_t began_ = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
    const std::string place_ = std::string(probe_prefix) + std::to_string(began_) + '-' + random_hex(8) + '/';
    std::vector<std::pair<std::string, std::string>> versions_; // keys and what the bucket would keep of them
    StoreReport report_;
};

} // namespace

StoreReport probe_s3(S3ClientOptions options)
{
    boost::asio::io_context loop(1);
    Probe probe(std::move(options));
    StoreReport report;
    std::exception_ptr thrown;
    boost::asio::co_spawn(loop.get_executor(), probe.run(), [&](std::exception_ptr error, StoreReport found) {
        thrown = error;
        report = std::move(found);
    });
    loop.run();
    if (thrown)
        std::rethrow_exception(thrown);
    return report;
}

} // namespace vitrina
