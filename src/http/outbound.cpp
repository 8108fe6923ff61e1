#include "http/outbound.hpp"

#include "http/method_name.hpp"
#include "http/outbound_loop.hpp"
#include "http/public_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cctype>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <sys/socket.h>

namespace vitrina {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::size_t piece_size = 256 * 1024;
constexpr std::size_t largest_headers = 64 * 1024;
constexpr std::uint64_t least_rate = 1024; // bytes per second

std::string lower(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    return out;
}

struct Destination {
    std::string scheme, host, port;
};

std::string url_part(CURLU* url, CURLUPart part, unsigned flags = 0)
{
    char* text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
        return {};
    std::string copy = text;
    curl_free(text);
    return copy;
}

// Nothing when it is no absolute http(s) URL, or carries a user name: credentials travel in headers only.
std::optional<Destination> destination_of(const std::string& url)
{
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
        return std::nullopt;
    Destination out{lower(url_part(parsed.get(), CURLUPART_SCHEME)), lower(url_part(parsed.get(), CURLUPART_HOST)),
                    url_part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT)};
    const bool has_user = !url_part(parsed.get(), CURLUPART_USER).empty();
    if (has_user || out.host.empty() || (out.scheme != "https" && out.scheme != "http"))
        return std::nullopt;
    return out;
}

// "host:port" of a "host:port:addr:port" entry; an empty part of it stands for any.
bool redirects(const std::string& entry, const Destination& to)
{
    const std::size_t host_end = entry.starts_with('[') ? entry.find(']') + 1 : entry.find(':');
    const std::size_t port_end = entry.find(':', host_end + 1);
    const std::string host = lower(entry.substr(0, host_end));
    const std::string port = entry.substr(host_end + 1, port_end - host_end - 1);
    return (host.empty() || host == to.host) && (port.empty() || port == to.port);
}

bool has_line_break(std::string_view text)
{
    return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

using StringList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void append(StringList& list, const std::string& text)
{
    curl_slist* longer = curl_slist_append(list.get(), text.c_str());
    if (!longer)
        throw std::bad_alloc();
    (void)list.release();
    list.reset(longer);
}

// Fewer than 1 KiB/s over a whole window means that it has stalled.
class Pace {
public:
    explicit Pace(std::chrono::seconds window) : window_(window) {}

    bool stalled(std::uint64_t moved, steady_clock::time_point now)
    {
        const std::uint64_t enough = least_rate * std::uint64_t(window_.count());
        if (!since_ || moved - moved_before_ >= enough) {
            since_ = now;
            moved_before_ = moved;
            return false;
        }
        return now - *since_ >= window_;
    }

private:
    std::chrono::seconds window_;
    std::optional<steady_clock::time_point> since_;
    std::uint64_t moved_before_ = 0;
};

// One request on its way. Lives in the frame of Outbound::send and never moves: curl holds pointers into it.
class Transfer final : public OutboundEnd {
public:
    Transfer(const OutboundOptions& options, OutboundRequest request, std::shared_ptr<OutboundLoop> loop, Executor executor)
        : options_(options), request_(std::move(request)), loop_(std::move(loop)), wake_(executor),
          pace_(request_.stalled_after)
    {
    }
    ~Transfer() override
    {
        if (!easy_)
            return;
        if (added_)
            loop_->remove(easy_);
        curl_easy_cleanup(easy_);
    }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    // Why our own rules refuse the request; nothing when it is on its way.
    std::optional<std::string> start();
    bool has_ended() const { return ended_; }
    bool wants_bytes() const { return wants_bytes_; }
    Task<> refill();
    Task<> wait();
    OutboundResult result();

    void ended(CURLcode code) override
    {
        code_ = code;
        ended_ = true;
        wake_.cancel();
    }

private:
    void set_body();
    void set_headers();
    void give_up(std::string reason);
    void check_pace();
    std::uint64_t sent() const;
    bool may_reach(const sockaddr& address) const;

    static std::size_t on_read(char* out, std::size_t one, std::size_t room, void* self);
    static int on_seek(void* self, curl_off_t offset, int origin);
    static std::size_t on_write(char* in, std::size_t one, std::size_t size, void* self);
    static std::size_t on_header(char* in, std::size_t one, std::size_t size, void* self);
    static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
    static int on_connected(void* self, char* address, char*, int, int);

    template <class T>
    void set(CURLoption option, T value)
    {
        if (const CURLcode code = curl_easy_setopt(easy_, option, value); code != CURLE_OK)
            throw std::runtime_error(std::string("libcurl refuses an option: ") + curl_easy_strerror(code));
    }

    const OutboundOptions& options_;
    OutboundRequest request_;
    std::shared_ptr<OutboundLoop> loop_;
    LoopTimer wake_;
    CURL* easy_ = nullptr;
    bool added_ = false;
    StringList headers_{nullptr, &curl_slist_free_all};
    StringList connect_to_{nullptr, &curl_slist_free_all};
    char error_[CURL_ERROR_SIZE] = "";

    std::string host_;
    bool private_allowed_ = false;
    bool address_refused_ = false;

    std::uint64_t position_ = 0; // in the body
    std::string piece_;          // bytes of the source, from piece_at_ on
    std::uint64_t piece_at_ = 0; // relative to the slice
    bool wants_bytes_ = false;

    Pace pace_;
    std::optional<steady_clock::time_point> all_sent_;
    std::uint64_t received_ = 0;
    std::uint64_t reported_ = ~std::uint64_t(0);
    std::size_t header_bytes_ = 0;
    std::optional<std::string> gave_up_;
    std::exception_ptr thrown_;

    OutboundReply reply_;
    bool ended_ = false;
    CURLcode code_ = CURLE_OK;
};

std::optional<std::string> Transfer::start()
{
    const auto to = destination_of(request_.url);
    if (!to || has_line_break(request_.url))
        return "the address is not a usable https URL";
    host_ = to->host;
    const bool redirected = std::ranges::any_of(options_.connect_to, [&](const auto& entry) { return redirects(entry, *to); });
    const bool listed = options_.all_private_hosts || std::ranges::any_of(options_.private_hosts, [&](const auto& name) {
        return lower(name) == to->host;
    });
    const bool named = request_.reach == Reach::operator_named;
    private_allowed_ = redirected || listed || named;
    if (to->scheme != "https" && !listed && !named)
        return "only https is allowed for " + host_;

    easy_ = curl_easy_init();
    if (!easy_)
        throw std::bad_alloc();
    set(CURLOPT_PRIVATE, static_cast<OutboundEnd*>(this));
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_ERRORBUFFER, error_);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, to->scheme.c_str());
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, ""); // the environment does not decide where requests go
    // HTTP/2 would multiplex, and its refused streams are repeated behind our back.
    set(CURLOPT_HTTP_VERSION, long(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_SSLVERSION, long(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_CONNECTTIMEOUT_MS, long(std::chrono::milliseconds(options_.connect_within).count()));
    if (!options_.ca_file.empty())
        set(CURLOPT_CAINFO, options_.ca_file.c_str()); // the system's directory of authorities stays trusted
    if (redirected) {
        for (const std::string& entry : options_.connect_to)
            append(connect_to_, entry);
        set(CURLOPT_CONNECT_TO, connect_to_.get());
    }
    // A kept connection that turns out dead makes curl send the request again: for what must not happen twice,
    // every request gets a connection of its own.
    const bool harmless = request_.repeat == Repeat::harmless ||
                          (request_.repeat == Repeat::by_method &&
                           (request_.method == Method::get || request_.method == Method::head));
    set(CURLOPT_FRESH_CONNECT, harmless ? 0L : 1L);

    set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open);
    set(CURLOPT_OPENSOCKETDATA, this);
    set(CURLOPT_PREREQFUNCTION, &Transfer::on_connected);
    set(CURLOPT_PREREQDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_write);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_BUFFERSIZE, long(128 * 1024));
    set_body();
    set_headers();
    loop_->add(easy_);
    added_ = true;
    return std::nullopt;
}

void Transfer::set_body()
{
    const bool has_body = request_.body.size() > 0;
    if (request_.method == Method::head)
        set(CURLOPT_NOBODY, 1L);
    const bool bodiless = request_.method == Method::get || request_.method == Method::head ||
                          request_.method == Method::del || request_.method == Method::options;
    if (has_body || !bodiless) {
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_INFILESIZE_LARGE, curl_off_t(request_.body.size()));
        set(CURLOPT_UPLOAD_BUFFERSIZE, long(piece_size));
        set(CURLOPT_READFUNCTION, &Transfer::on_read);
        set(CURLOPT_READDATA, this);
        set(CURLOPT_SEEKFUNCTION, &Transfer::on_seek);
        set(CURLOPT_SEEKDATA, this);
    }
    set(CURLOPT_CUSTOMREQUEST, name(request_.method));
}

void Transfer::set_headers()
{
    append(headers_, "Expect:");
    append(headers_, "Accept-Encoding: identity");
    if (request_.headers.find("User-Agent") == std::nullopt)
        set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    for (const Header& header : request_.headers) {
        if (has_line_break(header.name) || has_line_break(header.value))
            throw std::invalid_argument("a line break in the header " + header.name);
        // curl drops "Name:" without a value; "Name;" sends it empty.
        append(headers_, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    }
    set(CURLOPT_HTTPHEADER, headers_.get());
}

bool Transfer::may_reach(const sockaddr& address) const
{
    return private_allowed_ || is_public_address(address);
}

// The address was resolved, and this is the one that will be used: no second look-up can swap it.
curl_socket_t Transfer::on_open(void* self, curlsocktype, curl_sockaddr* address)
{
    auto& transfer = *static_cast<Transfer*>(self);
    if (!transfer.may_reach(address->addr)) {
        transfer.address_refused_ = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Asked before every request, on kept connections too, which another request's rules may have opened.
int Transfer::on_connected(void* self, char* address, char*, int, int)
{
    auto& transfer = *static_cast<Transfer*>(self);
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    sockaddr_in four{};
    four.sin_family = AF_INET;
    const bool allowed =
        transfer.private_allowed_ ||
        (inet_pton(AF_INET6, address, &six.sin6_addr) == 1 && is_public_address(reinterpret_cast<sockaddr&>(six))) ||
        (inet_pton(AF_INET, address, &four.sin_addr) == 1 && is_public_address(reinterpret_cast<sockaddr&>(four)));
    transfer.address_refused_ = !allowed;
    return allowed ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t Transfer::on_read(char* out, std::size_t one, std::size_t room, void* self)
{
    auto& transfer = *static_cast<Transfer*>(self);
    room *= one;
    const OutboundBody& body = transfer.request_.body;
    const auto give = [&](std::string_view bytes) {
        const std::size_t given = std::min(room, bytes.size());
        std::memcpy(out, bytes.data(), given);
        transfer.position_ += given;
        return given;
    };

    const std::uint64_t slice_at = body.before.size(), after_at = slice_at + body.length;
    if (transfer.position_ < slice_at)
        return give(std::string_view(body.before).substr(transfer.position_));
    if (transfer.position_ >= after_at)
        return give(std::string_view(body.after).substr(transfer.position_ - after_at));

    const std::uint64_t at = transfer.position_ - slice_at;
    if (at < transfer.piece_at_ || at >= transfer.piece_at_ + transfer.piece_.size()) {
        transfer.wants_bytes_ = true;
        transfer.wake_.cancel();
        return CURL_READFUNC_PAUSE;
    }
    return give(std::string_view(transfer.piece_).substr(at - transfer.piece_at_));
}

int Transfer::on_seek(void* self, curl_off_t offset, int origin)
{
    auto& transfer = *static_cast<Transfer*>(self);
    if (origin != SEEK_SET || offset < 0 || std::uint64_t(offset) > transfer.request_.body.size())
        return CURL_SEEKFUNC_CANTSEEK;
    transfer.position_ = std::uint64_t(offset);
    return CURL_SEEKFUNC_OK;
}

Task<> Transfer::refill()
{
    const OutboundBody& body = request_.body;
    const std::uint64_t at = position_ - body.before.size();
    std::string piece(std::size_t(std::min<std::uint64_t>(piece_size, body.length - at)), '\0');
    std::size_t filled = 0;
    while (filled < piece.size()) {
        const auto room = std::as_writable_bytes(std::span(piece)).subspan(filled);
        const std::size_t got = co_await body.source->read(body.offset + at + filled, room);
        if (got == 0)
            throw std::runtime_error("the source ended before its announced size");
        filled += got;
    }
    piece_ = std::move(piece);
    piece_at_ = at;
    wants_bytes_ = false;
    if (!ended_)
        loop_->resume(easy_);
}

Task<> Transfer::wait()
{
    const auto tick = request_.progress ? steady_clock::duration(200ms) : steady_clock::duration(1s);
    wake_.expires_after(tick);
    const auto token = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>());
    co_await wake_.async_wait(token);
    if (!ended_)
        check_pace();
    if (request_.progress && sent() != reported_) {
        reported_ = sent();
        request_.progress(reported_);
    }
}

std::uint64_t Transfer::sent() const
{
    curl_off_t bytes = 0;
    curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &bytes);
    return std::uint64_t(bytes);
}

void Transfer::check_pace()
{
    long request_bytes = 0;
    curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &request_bytes);
    if (request_bytes == 0)
        return; // still connecting, which has a limit of its own
    const auto now = steady_clock::now();
    const bool sending = sent() < request_.body.size();
    if (!sending && header_bytes_ == 0) {
        if (!all_sent_)
            all_sent_ = now;
        if (now - *all_sent_ >= request_.answer_within)
            give_up(host_ + " did not answer within " + std::to_string(request_.answer_within.count()) + " s");
    } else if (pace_.stalled(sent() + received_, now)) {
        give_up("the connection to " + host_ + " stalled");
    }
}

void Transfer::give_up(std::string reason)
{
    gave_up_ = std::move(reason);
    ended(CURLE_OPERATION_TIMEDOUT);
}

std::size_t Transfer::on_header(char* in, std::size_t one, std::size_t size, void* self)
{
    auto& transfer = *static_cast<Transfer*>(self);
    size *= one;
    transfer.header_bytes_ += size;
    if (transfer.header_bytes_ > largest_headers)
        return 0;
    std::string_view line(in, size);
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    if (line.starts_with("HTTP/")) { // also after a 1xx answer, whose headers do not count
        transfer.reply_.headers.clear();
        return size;
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos)
        return size;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t'))
        value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\t'))
        value.remove_suffix(1);
    transfer.reply_.headers.add(std::string(line.substr(0, colon)), std::string(value));
    return size;
}

std::size_t Transfer::on_write(char* in, std::size_t one, std::size_t size, void* self)
{
    auto& transfer = *static_cast<Transfer*>(self);
    size *= one;
    transfer.received_ += size;
    long status = 0;
    curl_easy_getinfo(transfer.easy_, CURLINFO_RESPONSE_CODE, &status);
    if (transfer.request_.sink && status / 100 == 2) {
        try {
            transfer.request_.sink({in, size});
            return size;
        } catch (...) {
            transfer.thrown_ = std::current_exception(); // curl is C: it goes on in result()
            return 0;
        }
    }
    if (transfer.reply_.body.size() + size > transfer.request_.largest_answer) {
        transfer.gave_up_ = "the answer of " + transfer.host_ + " is too large";
        return 0;
    }
    transfer.reply_.body.append(in, size);
    return size;
}

OutboundResult Transfer::result()
{
    if (thrown_)
        std::rethrow_exception(thrown_);
    if (code_ == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
        reply_.status = int(status);
        return std::move(reply_);
    }
    long request_bytes = 0;
    curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &request_bytes);
    const auto sent = request_bytes == 0 ? OutboundFailure::Sent::no : OutboundFailure::Sent::unknown;
    if (address_refused_)
        return OutboundFailure{OutboundFailure::Sent::no, host_ + " is at an address that is not public"};
    if (gave_up_)
        return OutboundFailure{sent, *gave_up_};
    const char* reason = error_[0] ? error_ : curl_easy_strerror(code_);
    return OutboundFailure{sent, host_ + ": " + reason};
}

} // namespace

std::vector<std::string> parse_connect_to(std::string_view text)
{
    std::vector<std::string> entries;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string entry(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        // Four parts; a colon within brackets belongs to an IPv6 address.
        int colons = 0, depth = 0;
        for (char c : entry) {
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            colons += c == ':' && depth == 0;
        }
        if (colons != 3 || depth != 0 || has_line_break(entry))
            throw std::invalid_argument("\"" + entry + "\" is not host:port:addr:port");
        entries.push_back(entry);
    }
    return entries;
}

Outbound::Outbound(OutboundOptions options) : options_(std::move(options)) {}

Task<OutboundResult> Outbound::send(OutboundRequest request)
{
    const Executor executor = co_await boost::asio::this_coro::executor;
    Transfer transfer(options_, std::move(request), OutboundLoop::of(executor), executor);
    if (auto refused = transfer.start()) {
        OutboundFailure failure{OutboundFailure::Sent::no, std::move(*refused)};
        co_return failure;
    }
    while (!transfer.has_ended()) {
        if (transfer.wants_bytes())
            co_await transfer.refill();
        else
            co_await transfer.wait();
    }
    co_return transfer.result();
}

OutboundResult Outbound::fetch(OutboundRequest request)
{
    boost::asio::io_context loop(1);
    std::exception_ptr thrown;
    std::optional<OutboundResult> result;
    boost::asio::co_spawn(loop.get_executor(), send(std::move(request)), [&](std::exception_ptr e, OutboundResult value) {
        thrown = e;
        result.emplace(std::move(value));
    });
    loop.run();
    if (thrown)
        std::rethrow_exception(thrown);
    return std::move(*result);
}

} // namespace vitrina
