#include "http/outbound_transfer.hpp"

#include "http/connect_to.hpp"
#include "http/grammar.hpp"
#include "http/method_name.hpp"
#include "http/public_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

namespace vitrina {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::size_t piece_size = 256 * 1024;
constexpr std::size_t largest_headers = 64 * 1024;

bool has_line_break(std::string_view text)
{
    return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

void append(CurlList& list, const std::string& text)
{
    curl_slist* longer = curl_slist_append(list.get(), text.c_str());
    if (!longer)
        throw std::bad_alloc();
    (void)list.release();
    list.reset(longer);
}

} // namespace

OutboundRules outbound_rules(const OutboundOptions& options, const std::string& url, Reach reach)
{
    OutboundRules rules;
    const auto to = outbound_destination(url);
    if (!to || has_line_break(url)) {
        rules.refusal = "the address is not a usable https URL";
        return rules;
    }
    rules.scheme = to->scheme;
    rules.host = to->host;
    rules.redirected =
        std::ranges::any_of(options.connect_to, [&](const auto& entry) { return redirects(entry, *to); });
    const bool listed = options.all_private_hosts || std::ranges::any_of(options.private_hosts, [&](const auto& name) {
        return grammar::lower(name) == to->host;
    });
    const bool named = reach == Reach::operator_named;
    rules.private_allowed = rules.redirected || listed || named;
    if (!options.connect_to.empty() && !rules.redirected && !named)
        rules.refusal =
            "everything goes to the stand-ins that VITRINA_CONNECT_TO names, and " + to->host + " is none of them";
    else if (to->scheme != "https" && !listed && !named)
        rules.refusal = "only https is allowed for " + to->host;
    return rules;
}

std::optional<std::string> OutboundTransfer::start()
{
    const OutboundRules rules = outbound_rules(options_, request_.url, request_.reach);
    if (rules.refusal)
        return rules.refusal;
    host_ = rules.host;
    private_allowed_ = rules.private_allowed;

    easy_ = curl_easy_init();
    if (!easy_)
        throw std::bad_alloc();
    set(CURLOPT_PRIVATE, static_cast<OutboundEnd*>(this));
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_ERRORBUFFER, error_);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, rules.scheme.c_str());
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, ""); // the environment does not decide where requests go
    // HTTP/2 would multiplex, and its refused streams are repeated behind our back.
    set(CURLOPT_HTTP_VERSION, long(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_SSLVERSION, long(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_CONNECTTIMEOUT_MS, long(std::chrono::milliseconds(options_.connect_within).count()));
    if (!options_.ca_file.empty())
        set(CURLOPT_CAINFO, options_.ca_file.c_str()); // the system's directory of authorities stays trusted
    if (rules.redirected) {
        for (const std::string& entry : options_.connect_to)
            append(connect_to_, entry);
        set(CURLOPT_CONNECT_TO, connect_to_.get());
    }
    // A kept connection that turns out dead makes curl send the request again: for what must not happen twice,
    // every request gets a connection of its own.
    const bool harmless =
        request_.repeat == Repeat::harmless ||
        (request_.repeat == Repeat::by_method && (request_.method == Method::get || request_.method == Method::head));
    set(CURLOPT_FRESH_CONNECT, harmless ? 0L : 1L);

    set(CURLOPT_OPENSOCKETFUNCTION, &OutboundTransfer::on_open);
    set(CURLOPT_OPENSOCKETDATA, this);
    set(CURLOPT_PREREQFUNCTION, &OutboundTransfer::on_connected);
    set(CURLOPT_PREREQDATA, this);
    set(CURLOPT_WRITEFUNCTION, &OutboundTransfer::on_write);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &OutboundTransfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_BUFFERSIZE, long(128 * 1024));
    set_body();
    set_headers();
    loop_->add(easy_);
    added_ = true;
    return std::nullopt;
}

void OutboundTransfer::set_body()
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
        set(CURLOPT_READFUNCTION, &OutboundTransfer::on_read);
        set(CURLOPT_READDATA, this);
        set(CURLOPT_SEEKFUNCTION, &OutboundTransfer::on_seek);
        set(CURLOPT_SEEKDATA, this);
    }
    set(CURLOPT_CUSTOMREQUEST, name(request_.method));
}

void OutboundTransfer::set_headers()
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

bool OutboundTransfer::may_reach(const sockaddr& address) const
{
    return private_allowed_ || is_public_address(address);
}

// The address was resolved, and this is the one that will be used: no second look-up can swap it.
curl_socket_t OutboundTransfer::on_open(void* self, curlsocktype, curl_sockaddr* address)
{
    auto& transfer = *static_cast<OutboundTransfer*>(self);
    if (!transfer.may_reach(address->addr)) {
        transfer.address_refused_ = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Asked before every request, on kept connections too, which another request's rules may have opened.
int OutboundTransfer::on_connected(void* self, char* address, char*, int, int)
{
    auto& transfer = *static_cast<OutboundTransfer*>(self);
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

std::size_t OutboundTransfer::on_read(char* out, std::size_t one, std::size_t room, void* self)
{
    auto& transfer = *static_cast<OutboundTransfer*>(self);
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

int OutboundTransfer::on_seek(void* self, curl_off_t offset, int origin)
{
    auto& transfer = *static_cast<OutboundTransfer*>(self);
    if (origin != SEEK_SET || offset < 0 || std::uint64_t(offset) > transfer.request_.body.size())
        return CURL_SEEKFUNC_CANTSEEK;
    transfer.position_ = std::uint64_t(offset);
    return CURL_SEEKFUNC_OK;
}

Task<> OutboundTransfer::refill()
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

Task<> OutboundTransfer::wait()
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

std::uint64_t OutboundTransfer::sent() const
{
    curl_off_t bytes = 0;
    curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &bytes);
    return std::uint64_t(bytes);
}

void OutboundTransfer::check_pace()
{
    long request_bytes = 0;
    curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &request_bytes);
    if (request_bytes == 0)
        return; // still connecting, which has a limit of its own
    const auto now = steady_clock::now();
    const bool sending = sent() < request_.body.size();
    if (!sending && !answered_) {
        if (!all_sent_)
            all_sent_ = now;
        pace_ = OutboundPace(request_.stalled_after); // begins anew with the answer
        if (now - *all_sent_ >= request_.answer_within)
            give_up(host_ + " did not answer within " + std::to_string(request_.answer_within.count()) + " s");
    } else if (pace_.stalled(sent() + received_, now)) {
        give_up("the connection to " + host_ + " stalled");
    }
}

void OutboundTransfer::give_up(std::string reason)
{
    gave_up_ = std::move(reason);
    ended(CURLE_OPERATION_TIMEDOUT);
}

std::size_t OutboundTransfer::on_header(char* in, std::size_t one, std::size_t size, void* self)
{
    auto& transfer = *static_cast<OutboundTransfer*>(self);
    size *= one;
    transfer.header_bytes_ += size;
    if (transfer.header_bytes_ > largest_headers)
        return 0;
    std::string_view line(in, size);
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    if (line.starts_with("HTTP/")) { // also after a 1xx answer, whose headers do not count
        transfer.reply_.headers.clear();
        transfer.answered_ = line.find(" 1") != line.find(' ');
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

std::size_t OutboundTransfer::on_write(char* in, std::size_t one, std::size_t size, void* self)
{
    auto& transfer = *static_cast<OutboundTransfer*>(self);
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

OutboundResult OutboundTransfer::result()
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
    if (is_blocked())
        return OutboundFailure{OutboundFailure::Sent::no, host_ + " is at an address that is not public", true};
    if (gave_up_)
        return OutboundFailure{sent, *gave_up_};
    const char* reason = error_[0] ? error_ : curl_easy_strerror(code_);
    return OutboundFailure{sent, host_ + ": " + reason};
}

} // namespace vitrina
