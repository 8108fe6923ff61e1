#include "publishing/post_edits.hpp"

#include "core/fail_point.hpp"
#include "events/event_types.hpp"
#include "publishing/converse_as.hpp"
#include "publishing/patience.hpp"
#include "publishing/publish_notes.hpp"
#include "publishing/publish_order.hpp"
#include "publishing/publishing_events.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace vitrina {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

std::string edit_key(const std::string& id)
{
    return "update:" + id;
}

std::int64_t micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

Fault not_published(const Publication& publication)
{
    const std::string state = publication.removing ? "being taken back" : std::string(name(publication.progress.state));
    return {FaultKind::conflict,
            "VT-PUB-013",
            "It is too late to change it, or too early: the publication is " + state,
            "what waits for its time, and what is published, can be changed",
            {},
            {}};
}

Fault not_editable(const Platform& platform)
{
    return {FaultKind::conflict,
            "VT-PUB-014",
            std::string(platform.title()) + " lets no program change what is published",
            "take the post back (DELETE) and publish the video again with the new words, or change them over there",
            {},
            {}};
}

std::string listed(const std::vector<std::string_view>& names)
{
    std::string text;
    for (const std::string_view one : names)
        text += (text.empty() ? "" : ", ") + std::string(one);
    return text;
}

bool is_among(const std::vector<std::string_view>& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

// What is named and is not what it was. Absent ones stand for what the rules say.
std::vector<FieldError> not_changeable(const PlatformRules& rules, const json::object& before,
                                       const json::object& wanted)
{
    std::vector<FieldError> errors;
    for (const auto& [name, value] : wanted) {
        if (is_among(rules.post.editable, name))
            continue;
        const auto rule = std::ranges::find(rules.options, std::string_view(name), &OptionRule::name);
        const auto* had = before.if_contains(name);
        const bool is_text = rule != rules.options.end() && rule->kind == OptionRule::Kind::text;
        const std::string fallback = rule == rules.options.end() ? ""
                                     : is_text                   ? json::serialize(json::string(rule->fallback))
                                                                 : std::string(rule->fallback);
        const bool same = had ? *had == value : json::serialize(value) == fallback;
        if (!same)
            errors.push_back({"/options/" + std::string(name), "cannot be changed any more; of a published post only " +
                                                                   listed(rules.post.editable) + " can"});
    }
    return errors;
}

// The words of the post as it is, with those of `wanted` in their place; `video` is what a null stands for.
void put_words(PostEdit& edit, const json::object& wanted, const std::vector<std::string_view>& editable,
               const std::optional<Video>& video)
{
    for (const auto& [key, value] : wanted) {
        const std::string name(key);
        if (!is_among(editable, name))
            continue;
        if (!edit.changes(name))
            edit.options.push_back(name);
        if (!value.is_null()) {
            edit.order.options[name] = value;
            continue;
        }
        edit.order.options.erase(name);
        if (video && (name == "title" || name == "text"))
            edit.order.title = video->title;
        if (video && (name == "description" || name == "text"))
            edit.order.description = video->description;
        if (video && (name == "tags" || name == "text"))
            edit.order.tags = video->tags;
    }
}

// As it is kept until it is done.
std::string to_json(const PostEdit& edit)
{
    const json::object out{{"order", json::parse(to_json(edit.order))},
                           {"options", json::array(edit.options.begin(), edit.options.end())}};
    return json::serialize(out);
}

PostEdit read_edit(std::string_view text)
{
    const json::object in = json::parse({text.data(), text.size()}).as_object();
    PostEdit edit{read_order(json::serialize(in.at("order"))), {}};
    for (const json::value& name : in.at("options").as_array())
        edit.options.emplace_back(name.as_string());
    return edit;
}

Fault not_taken(std::string code, std::vector<FieldError> errors)
{
    Fault fault{FaultKind::unprocessable, std::move(code), errors.front().detail, "change the options", {}, {}};
    fault.errors = std::move(errors);
    return fault;
}

// What the network would not take of the new words; the file is there already.
std::vector<FieldError> broken_words(const Platform& platform, const PostEdit& edit)
{
    std::vector<FieldError> errors;
    for (FieldError& error : platform.validate(edit.order)) {
        const std::string option = error.pointer.empty() ? "" : error.pointer.substr(1);
        if (is_among(platform.rules().post.editable, option))
            errors.push_back({"/options" + error.pointer, std::move(error.detail)});
    }
    return errors;
}

std::string joined(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ",") + name;
    return text;
}

} // namespace

PostEdits::PostEdits(Database& database, JobQueue& queue, const Clock& clock, Videos& videos,
                     Publications& publications, const Platforms& platforms)
    : db_(database), queue_(queue), clock_(clock), videos_(videos), publications_(publications), platforms_(platforms)
{
}

Task<Result<Publication>> PostEdits::request(PublicationId id, json::object wanted)
{
    static constexpr Sql standing{"SELECT status, removing, options, order_json, COALESCE(platform_post_id, ''),"
                                  " edit_status, edit_order FROM publications WHERE id = $1"};
    static constexpr Sql mark{"UPDATE publications SET edit_status = 'pending', edit_options = $2, edit_order = $3,"
                              " edit_code = '', edit_reason = '', edit_at = $4, updated_at = $4"
                              " WHERE id = $1"};
    const std::optional<Publication> publication = co_await publications_.find(id);
    if (!publication)
        co_return no_such_publication();
    const Platform* platform = find_platform(platforms_, publication->platform);
    const std::optional<Video> video = co_await videos_.find(publication->video);
    auto transaction = co_await db_.begin();
    const Rows rows = co_await transaction->run(standing, id.text());
    if (rows.empty() || !platform)
        co_return no_such_publication();
    const Row row = rows.front();
    Publication now = *publication;
    now.progress.state = parse_publication_state(row.text(0)).value();
    now.removing = row.integer(1) != 0;
    if (now.progress.state != PublicationState::published || now.removing || row.text(4).empty())
        co_return not_published(now);
    if (platform->rules().post.editable.empty())
        co_return not_editable(*platform);

    // What was asked for before and is still on its way counts as there.
    const bool is_pending = row.text(5) == "pending";
    const std::string_view order_json = row.text(3);
    if (order_json.empty() && !video) // found by a person, and its video is gone
        co_return not_published(now);
    PostEdit edit;
    if (is_pending)
        edit = read_edit(row.text(6));
    else
        edit.order = order_json.empty() ? make_order(*video, id.text(), row.text(2)) : read_order(order_json);
    std::vector<FieldError> fixed = not_changeable(platform->rules(), edit.order.options, wanted);
    if (!fixed.empty())
        co_return not_taken("VT-PUB-015", std::move(fixed));
    put_words(edit, wanted, platform->rules().post.editable, video);
    std::vector<FieldError> broken = broken_words(*platform, edit);
    if (!broken.empty())
        co_return not_taken("VT-PUB-008", std::move(broken));
    if (edit.options.empty()) // it names nothing that is not so already
        co_return *publication;
    co_await transaction->run(mark, id.text(), json::serialize(edit.order.options), to_json(edit),
                              micros(clock_.now()));
    // A job at work on earlier words sees at its end that there are newer ones; one that is through with them does not.
    const bool is_worked_on = co_await queue_.has_unfinished(*transaction, edit_key(id.text()));
    if (!is_pending || !is_worked_on) {
        NewJob job{
            .kind = update_publication, .subject = id.text(), .unique_key = edit_key(id.text()), .max_attempts = 200};
        co_await queue_.cancel(*transaction, edit_key(id.text()));
        co_await queue_.enqueue(*transaction, std::move(job));
    }
    co_await transaction->commit();
    queue_.wake();
    std::optional<Publication> changed = co_await publications_.find(id);
    if (!changed)
        co_return no_such_publication();
    co_return *std::move(changed);
}

struct PostEditing::Wanted {
    std::string video, platform, remote_id, text; // text: the edit as it is kept
    AccountId account;
    PostEdit edit;
    Instant asked_at{};
    bool is_out = false; // published, and not about to be taken back
};

Task<std::optional<PostEditing::Wanted>> PostEditing::load(const std::string& id)
{
    static constexpr Sql query{"SELECT video_id, platform, COALESCE(platform_post_id, ''), edit_order, account_id,"
                               " COALESCE(edit_at, updated_at), status, removing FROM publications"
                               " WHERE id = $1 AND edit_status = 'pending'"};
    const Rows rows = co_await tools_.db.read(query, id);
    if (rows.empty())
        co_return std::nullopt;
    const Row row = rows.front();
    Wanted wanted;
    wanted.video = row.text(0);
    wanted.platform = row.text(1);
    wanted.remote_id = row.text(2);
    wanted.text = row.text(3);
    wanted.account = AccountId::parse(row.text(4)).value();
    wanted.edit = read_edit(wanted.text);
    wanted.asked_at = Instant{std::chrono::microseconds(row.integer(5))};
    wanted.is_out = row.text(6) == "published" && row.integer(7) == 0;
    co_return wanted;
}

Task<JobResult> PostEditing::work(const Job& job)
{
    const std::optional<Wanted> wanted = co_await load(job.subject);
    if (!wanted)
        co_return Done{};
    const Platform* platform = find_platform(tools_.platforms, wanted->platform);
    const std::optional<Account> account = co_await tools_.accounts.find(wanted->account);
    std::vector<PublicationNote> notes;
    Step step = Refused{Refused::Kind::gave_up, "account_removed", "the account was removed; change it over there"};
    if (!wanted->is_out) {
        step = Refused{Refused::Kind::gave_up, "no_post", "the post is not there any more"};
    } else if (account && !tools_.accounts.is_ours(*account)) {
        co_return Snooze{look_at_other_networks_after};
    } else if (account && platform) {
        const auto conversation = platform->update(wanted->edit, wanted->remote_id, account->facts(), tools_.clock);
        step = Refused{Refused::Kind::gave_up, "not_supported", "the network takes no new words any more"};
        if (conversation)
            step = co_await converse_as(tools_, account->id, *conversation, nullptr, &notes);
    }
    FAIL_POINT("edit.answered");
    co_return co_await finish(job, *wanted, std::move(step), std::move(notes));
}

Task<JobResult> PostEditing::finish(const Job& job, const Wanted& wanted, Step step, std::vector<PublicationNote> notes)
{
    static constexpr Sql waits{"UPDATE publications SET edit_code = $2, edit_reason = $3, updated_at = $4"
                               " WHERE id = $1 AND edit_status = 'pending'"};
    // Whatever was asked for meanwhile is not what was brought over.
    static constexpr Sql done{
        "UPDATE publications SET edit_status = 'done', edit_code = '', edit_reason = '', options = edit_options,"
        " order_json = $5, permalink = CASE WHEN $3 = '' THEN permalink ELSE $3 END, updated_at = $4"
        " WHERE id = $1 AND edit_status = 'pending' AND edit_order = $2"};
    static constexpr Sql failed{
        "UPDATE publications SET edit_status = 'failed', edit_code = $3, edit_reason = $4,"
        " updated_at = $5, look_at = CASE WHEN look_at IS NULL THEN NULL ELSE CAST($5 AS BIGINT) END"
        " WHERE id = $1 AND edit_status = 'pending' AND edit_order = $2"};
    const Instant now = tools_.clock.now();
    const auto* wait = std::get_if<Wait>(&step);
    const bool in_trouble = wait && wait->kind == Wait::Kind::transient;
    if (in_trouble && now - wanted.asked_at > trouble_deadline)
        step = Refused{Refused::Kind::gave_up, "no_progress", "Nothing moved for hours. Last: " + wait->why};
    wait = std::get_if<Wait>(&step);

    auto transaction = co_await tools_.db.begin();
    const bool ours = co_await tools_.queue.holds(*transaction, job);
    if (!ours)
        co_return Done{};
    const std::string& id = job.subject;
    PublicationNews news{.id = id,
                         .video = wanted.video,
                         .account = wanted.account.text(),
                         .platform = wanted.platform,
                         .state = PublicationState::published,
                         .reason_code = {},
                         .url = {}};
    JobResult result = Done{};
    if (wait) {
        co_await transaction->run(waits, id, std::string(), wait->why, micros(now));
        // Of trouble the pauses grow with how long it lasts.
        const auto patience = std::clamp<std::chrono::microseconds>((now - wanted.asked_at) / 2, 2s, 5min);
        result = wait->until || !in_trouble ? snooze_until(*wait, now) : JobResult(Snooze{patience});
    } else if (const auto* reconnect = std::get_if<Reconnect>(&step)) {
        co_await transaction->run(waits, id, std::string("needs_reconnect"), reconnect->why, micros(now));
        result = Snooze{10min};
    } else if (const auto* published = std::get_if<Published>(&step)) {
        const Rows changed =
            co_await transaction->run(done, id, wanted.text, published->url, micros(now), to_json(wanted.edit.order));
        notes.push_back({now, "the post has new words", 0, joined(wanted.edit.options)});
        co_await append_notes(*transaction, id, std::move(notes));
        if (changed.changed() == 1)
            co_await tell_publication(*transaction, event_type::publication_updated, std::move(news), now);
        else
            result = Snooze{0s};
    } else {
        const auto* refused = std::get_if<Refused>(&step);
        const std::string code = refused ? refused->code : "gave_up";
        const std::string words = refused ? refused->words : "the network gave no answer that makes sense";
        const Rows changed = co_await transaction->run(failed, id, wanted.text, code, words, micros(now));
        co_await append_notes(*transaction, id, std::move(notes));
        news.reason_code = code;
        if (changed.changed() == 1)
            co_await tell_publication(*transaction, event_type::publication_update_failed, std::move(news), now);
        else
            result = Snooze{0s};
    }
    co_await transaction->commit();
    if (std::holds_alternative<Done>(result))
        tools_.counters.count_edit(wanted.platform, std::holds_alternative<Published>(step) ? "done" : "failed");
    co_return result;
}

} // namespace vitrina
