#pragma once
#include "http/body_reader.hpp"
#include "http/content_plan.hpp"
#include "http/lane.hpp"
#include "http/response_writer.hpp"

#include <memory>
#include <optional>
#include <string>

namespace vitrina {

// One client's connection: its requests are read, handled and answered one after the other.
class Connection {
public:
    // `overloaded`: its first request is answered 503, to tell the client why.
    Connection(std::shared_ptr<Lane> lane, ClientSocket socket, std::string peer, bool overloaded);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Until the connection is over.
    Task<> run();

private:
    enum class Arrival { request, refused, nothing };

    Task<bool> shake_hands();
    Task<Arrival> next_head();
    bool begin_idling();
    void end_idling();
    ClientLine::Time idle_until() const;
    std::string_view receive_head_bytes();
    Arrival look_for_head(std::string_view bytes, std::size_t& looked_at);

    Task<> exchange(Arrival arrival);
    std::optional<Response> begin(Request& request, Router::Match& match);
    std::optional<Response> refuse_route(Request& request, const Router::Match& match);
    Task<Response> handle(Request& request, const Route& route, BodyReader& body);
    Response broken_body(const Request& request);
    void fill(Request& request);
    Response refuse(const Request& request, int status, std::string_view message);
    Response failed(const Request& request, std::exception_ptr thrown);
    std::optional<ContentPlan> plan(const Request& request, Response& response);
    bool start_sending(const Request& request, Response& response, ResponseWriter& writer);
    Task<> finish_sending(const Request& request, Response& response, ResponseWriter& writer);
    Task<> linger();

    std::shared_ptr<Lane> lane_;
    ClientLine line_;
    const std::string peer_;
    const bool peer_is_proxy_; // one we trust
    bool overloaded_;
    bool keep_ = true;        // the connection, for another request
    bool lingering_ = false;  // the client is still sending what nobody wants
    bool served_ = false;     // at least one request
    int minor_version_ = 1;   // of the request under way
    HeadRefusal refusal_;     // after Arrival::refused
    std::size_t head_size_ = 0;
};

} // namespace vitrina
