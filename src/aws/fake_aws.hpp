#pragma once
// For tests: a container's endpoint, an instance's metadata service, STS and Secrets Manager in this process, as strict
// as the real ones and in whatever mood they are told to be.
#include "aws/sigv4.hpp"
#include "core/clock.hpp"
#include "http/grammar.hpp"
#include "http/test_server.hpp"
#include "http/uri.hpp"

#include <boost/json.hpp>
#include <map>
#include <mutex>
#include <string>

namespace vitrina::testing {

class FakeAws {
public:
    FakeAws() : server_(routes()) {}

    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

    // What the next requests find. Guarded by the mutex: set() and get() from the test's thread.
    struct State {
        std::string access_key = "ASIAFAKE", secret_key = "fake/secret+key", token = "fake+token/==";
        std::string expires = "2030-01-01T00:00:00Z";
        std::string container_token; // asked for when not ""
        int fail_next = 0; // answered with fail_status
        int fail_status = 500;
        std::string fail_body;
        bool version_1_only = false; // of the metadata service
        bool has_role = true;
        std::string role_code = "Success";
        std::string web_token = "eyJ.web.token";
        std::map<std::string, std::string> secrets{{"prod/db", R"({"username":"app","password":"first"})"}};
        std::string region = "eu-west-1";
        int requests = 0;
    };
    template <class Change>
    auto with(Change change)
    {
        const std::lock_guard lock(mutex_);
        return change(state_);
    }
    void fail(int times, int status, std::string body = "")
    {
        with([&](State& state) {
            state.fail_next = times;
            state.fail_status = status;
            state.fail_body = std::move(body);
        });
    }
    int requests()
    {
        return with([](State& state) { return state.requests; });
    }

private:
    std::vector<Route> routes()
    {
        const auto answered = [this](Response (FakeAws::*answer)(const Request&)) -> Handler {
            return [this, answer](const Request& request) -> Task<Response> {
                const std::lock_guard lock(mutex_);
                ++state_.requests;
                if (state_.fail_next > 0) {
                    --state_.fail_next;
                    co_return Response(state_.fail_status, "application/json", state_.fail_body);
                }
                co_return (this->*answer)(request);
            };
        };
        return {route(Method::get, "/container/role", answered(&FakeAws::container)),
                route(Method::put, "/latest/api/token", answered(&FakeAws::session), Body::buffered),
                route(Method::get, "/latest/meta-data/iam/security-credentials/", answered(&FakeAws::roles)),
                route(Method::get, "/latest/meta-data/iam/security-credentials/{role}", answered(&FakeAws::role)),
                route(Method::post, "/", answered(&FakeAws::service), Body::buffered)};
    }

    std::string keys(const std::string& code) const
    {
        boost::json::object reply{{"AccessKeyId", state_.access_key},
                                  {"SecretAccessKey", state_.secret_key},
                                  {"Token", state_.token},
                                  {"Expiration", state_.expires}};
        if (!code.empty())
            reply["Code"] = code;
        return boost::json::serialize(reply);
    }

    Response container(const Request& request)
    {
        if (request.headers.get("Authorization") != state_.container_token)
            return {400, "application/json", R"({"code":"InvalidToken","message":"no"})"};
        return {200, "application/json", keys("")};
    }

    Response session(const Request& request)
    {
        if (state_.version_1_only)
            return Response(404);
        if (request.headers.get("X-aws-ec2-metadata-token-ttl-seconds") != "21600" || !request.body.empty())
            return Response(400);
        return {200, "text/plain", "session=="};
    }
    bool has_session(const Request& request) const
    {
        return request.headers.get("X-aws-ec2-metadata-token") == "session==";
    }
    Response roles(const Request& request)
    {
        if (!has_session(request))
            return Response(401); // as one that demands version 2
        return state_.has_role ? Response(200, "text/plain", "web-role\n") : Response(404);
    }
    Response role(const Request& request)
    {
        if (!has_session(request))
            return Response(401);
        if (request.parameter("role") != "web-role")
            return Response(404);
        return {200, "text/plain", keys(state_.role_code)};
    }

    Response service(const Request& request)
    {
        return request.headers.find("X-Amz-Target") ? secrets_manager(request) : sts(request);
    }

    static std::map<std::string, std::string> form(std::string_view text)
    {
        std::map<std::string, std::string> found;
        while (!text.empty()) {
            const auto end = std::min(text.find('&'), text.size());
            const std::string_view field = text.substr(0, end);
            const auto at = std::min(field.find('='), field.size());
            found[std::string(field.substr(0, at))] =
                percent_decode(field.substr(std::min(at + 1, field.size()))).value_or("");
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return found;
    }

    Response sts(const Request& request)
    {
        auto asked = form(request.body);
        const auto refuse = [](int status, const std::string& code) {
            return Response(status, "text/xml",
                            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender"
                            "</Type><Code>" +
                                code + "</Code><Message>m</Message></Error></ErrorResponse>");
        };
        if (request.headers.find("Authorization") || asked["Action"] != "AssumeRoleWithWebIdentity" ||
            asked["Version"] != "2011-06-15" || asked["RoleSessionName"].empty())
            return refuse(400, "ValidationError");
        if (asked["WebIdentityToken"] != state_.web_token)
            return refuse(400, "InvalidIdentityToken");
        if (asked["RoleArn"] != "arn:aws:iam::1:role/video")
            return refuse(403, "AccessDenied");
        return {200, "text/xml",
                "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                "<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>" +
                    state_.access_key + "</AccessKeyId><SecretAccessKey>" + state_.secret_key +
                    "</SecretAccessKey><SessionToken>" + state_.token + "</SessionToken><Expiration>" + state_.expires +
                    "</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
                    "</AssumeRoleWithWebIdentityResponse>"};
    }

    static Response no(const std::string& type)
    {
        return {400, "application/x-amz-json-1.1", R"({"__type":"com.amazonaws#)" + type + R"(","Message":"m"})"};
    }

    // Everything from what came over the wire.
    Response secrets_manager(const Request& request)
    {
        if (request.headers.get("X-Amz-Target") != "secretsmanager.GetSecretValue" ||
            request.headers.get("Content-Type") != "application/x-amz-json-1.1")
            return no("UnknownOperationException");
        const std::string date(request.headers.get("x-amz-date"));
        const auto time = date.size() != 16
                              ? std::nullopt
                              : parse_iso_time(date.substr(0, 4) + '-' + date.substr(4, 2) + '-' + date.substr(6, 5) +
                                               ':' + date.substr(11, 2) + ':' + date.substr(13, 3));
        if (!time)
            return no("IncompleteSignatureException");
        const auto apart = SystemClock().now() - *time;
        if (apart > std::chrono::minutes(5) || apart < -std::chrono::minutes(5))
            return no("InvalidSignatureException");
        const SigV4Scope scope{*time, state_.region, "secretsmanager"};
        SigV4Request again{.method = "POST", .path = "/"};
        const std::string_view given = request.headers.get("Authorization");
        const std::string names =
            ';' + std::string(given.substr(std::min(given.find("SignedHeaders=") + 14, given.size())));
        const std::string list = names.substr(0, names.find(',')) + ';';
        for (const Header& header : request.headers) {
            const std::string lower = grammar::lower(header.name);
            const bool is_signed = list.find(';' + lower + ';') != list.npos;
            if (is_signed)
                again.headers.add(lower, header.value);
            else if (lower == "host" || lower == "content-type" || lower.starts_with("x-amz-"))
                return no("InvalidSignatureException");
        }
        again.payload = sha256_hex(request.body);
        if (given.find("Credential=" + state_.access_key + '/') == given.npos)
            return no("UnrecognizedClientException");
        if (request.headers.get("x-amz-security-token") != state_.token)
            return no("UnrecognizedClientException");
        const Sha256 key = signing_key(Secret(state_.secret_key), scope);
        if (given != authorization(again, scope, state_.access_key, key))
            return no("InvalidSignatureException");
        const auto asked = boost::json::parse(request.body).as_object();
        const std::string id(asked.at("SecretId").as_string());
        const auto found = state_.secrets.find(id);
        if (found == state_.secrets.end())
            return no("ResourceNotFoundException");
        if (found->second.empty())
            return {200, "application/x-amz-json-1.1", R"({"Name":"x","SecretBinary":"AAAA"})"};
        return {200, "application/x-amz-json-1.1",
                boost::json::serialize(boost::json::object{{"Name", id}, {"SecretString", found->second}})};
    }

    std::mutex mutex_;
    State state_;
    TestServer server_; // last: its requests use the rest
};

} // namespace vitrina::testing
