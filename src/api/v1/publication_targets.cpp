#include "api/v1/publication_targets.hpp"

#include "api/v1/schedule_members.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace vitrina {
namespace {

namespace json = boost::json;

constexpr std::size_t most_targets = 50;

std::optional<AccountId> account_in(const json::value& value)
{
    const auto* text = value.if_string();
    return text ? AccountId::parse(std::string_view(text->data(), text->size())) : std::nullopt;
}

// One element of "targets".
class TargetReader {
public:
    TargetReader(JsonBody& body, std::string pointer, Instant now)
        : body_(body), pointer_(std::move(pointer)), now_(now)
    {
    }

    PublishTarget read(const json::value& value, const json::object& common, const std::optional<Schedule>& schedule)
    {
        const auto* object = value.if_object();
        if (!object) {
            body_.wrong(pointer_, "must be an object");
            return {};
        }
        json::object options = common;
        has_publish_at_ = object->contains("publish_at");
        for (const auto& [name, content] : *object)
            member(name, content, options);
        if (target_.account.has_value() == !target_.platform.empty() && !wrong_)
            body_.wrong(pointer_, "name either an account_id or a platform");
        target_.options = json::serialize(options);
        target_.schedule = object->contains("publish_at") ? read_schedule(body_, *object, pointer_, now_) : schedule;
        return std::move(target_);
    }

private:
    void wrong(std::string_view name, std::string detail)
    {
        wrong_ = true;
        body_.wrong(pointer_ + "/" + std::string(name), std::move(detail));
    }

    void member(std::string_view name, const json::value& content, json::object& options)
    {
        if (name == "account_id") {
            target_.account = account_in(content);
            if (!target_.account)
                wrong(name, "is no id");
        } else if (name == "platform") {
            const auto* text = content.if_string();
            if (text && !text->empty() && text->size() <= 50)
                target_.platform = std::string(text->data(), text->size());
            else
                wrong(name, "must be a text of at most 50 characters");
        } else if (name == "options" && content.is_object()) {
            for (const auto& [option, value] : content.get_object())
                options[option] = value;
        } else if (name == "time_zone" && !has_publish_at_) {
            wrong(name, "belongs to a publish_at beside it");
        } else if (name != "publish_at" && name != "time_zone") {
            wrong(name, name == "options" ? "must be an object" : "is not known here");
        }
    }

    JsonBody& body_;
    std::string pointer_;
    Instant now_;
    PublishTarget target_;
    bool has_publish_at_ = false, wrong_ = false;
};

json::object common_options(JsonBody& body)
{
    const auto* options = body.value("options");
    if (!options)
        return {};
    if (options->is_object())
        return options->get_object();
    body.wrong("/options", "must be an object");
    return {};
}

} // namespace

std::string read_options(JsonBody& body)
{
    return json::serialize(common_options(body));
}

PublishTarget read_target(JsonBody& body, Instant now)
{
    PublishTarget target;
    if (const auto text = body.text("account_id", 36)) {
        target.account = AccountId::parse(*text);
        if (!target.account)
            body.wrong("/account_id", "is no id");
    }
    target.platform = body.text("platform", 50).value_or("");
    if (body.has("account_id") == body.has("platform"))
        body.wrong("", "name either an account_id or a platform");
    target.options = read_options(body);
    target.schedule = read_schedule(body, now);
    return target;
}

std::vector<PublishTarget> read_targets(JsonBody& body, Instant now)
{
    const json::object common = common_options(body);
    const std::optional<Schedule> schedule = read_schedule(body, now);
    const auto* value = body.value("targets");
    const auto* list = value ? value->if_array() : nullptr;
    if (!list || list->empty() || list->size() > most_targets) {
        body.wrong("/targets", "must be a list of 1 to " + std::to_string(most_targets) + " targets");
        return {};
    }
    std::vector<PublishTarget> targets;
    for (const json::value& one : *list) {
        TargetReader reader(body, "/targets/" + std::to_string(targets.size()), now);
        targets.push_back(reader.read(one, common, schedule));
    }
    return targets;
}

std::optional<Fault> fault_of_targets(const std::vector<Result<Publications::Wanted>>& resolved)
{
    std::optional<Fault> all;
    for (std::size_t i = 0; i < resolved.size(); ++i) {
        if (resolved[i])
            continue;
        const Fault& fault = resolved[i].error();
        const std::string pointer = "/targets/" + std::to_string(i);
        std::vector<FieldError> errors = all ? std::move(all->errors) : std::vector<FieldError>();
        for (const FieldError& error : fault.errors)
            errors.push_back({pointer + error.pointer, error.detail});
        if (fault.errors.empty())
            errors.push_back({pointer, fault.message});
        if (!all)
            all = fault;
        all->errors = std::move(errors);
    }
    return all;
}

void append_verdicts(JsonWriter& json, const std::vector<PublishTarget>& targets,
                     const std::vector<Result<Publications::Wanted>>& resolved)
{
    json.begin_object();
    json.member("valid", std::ranges::all_of(resolved, [](const auto& one) { return bool(one); }));
    json.member("targets").begin_array();
    for (std::size_t i = 0; i < resolved.size(); ++i) {
        const auto& one = resolved[i];
        json.begin_object();
        json.member("platform", one ? one->platform : targets[i].platform);
        json.member("account_id");
        if (one || targets[i].account)
            json.value(one ? one->account.text() : targets[i].account->text());
        else
            json.null();
        json.member("valid", bool(one));
        json.member("errors").begin_array();
        if (!one && one.error().errors.empty())
            json.begin_object().member("pointer", "").member("detail", one.error().message).end_object();
        if (!one)
            for (const FieldError& error : one.error().errors)
                json.begin_object().member("pointer", error.pointer).member("detail", error.detail).end_object();
        json.end_array().end_object();
    }
    json.end_array().end_object();
}

} // namespace vitrina
