#include "http/outbound_loop.hpp"

#include <algorithm>
#include <boost/asio/execution_context.hpp>
#include <csignal>
#include <stdexcept>

namespace vitrina {
namespace {

// Ties the OutboundLoop's life to its event loop.
class OutboundService final : public boost::asio::execution_context::service {
public:
    static boost::asio::execution_context::id id;
    explicit OutboundService(boost::asio::execution_context& context) : service(context) {}

    std::shared_ptr<OutboundLoop> of(Executor executor)
    {
        if (!loop_)
            loop_ = std::make_shared<OutboundLoop>(executor);
        return loop_;
    }

private:
    void shutdown() override
    {
        if (loop_)
            loop_->shut_down();
        loop_.reset();
    }

    std::shared_ptr<OutboundLoop> loop_;
};

boost::asio::execution_context::id OutboundService::id;

void prepare_curl()
{
    [[maybe_unused]] static const bool ready = [] {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
            throw std::runtime_error("libcurl cannot be initialised");
        // With CURLOPT_NOSIGNAL curl leaves SIGPIPE alone, and OpenSSL writes without MSG_NOSIGNAL.
        std::signal(SIGPIPE, SIG_IGN);
        return true;
    }();
}

} // namespace

std::shared_ptr<OutboundLoop> OutboundLoop::of(Executor executor)
{
    return boost::asio::use_service<OutboundService>(executor.context()).of(executor);
}

OutboundLoop::OutboundLoop(Executor executor) : executor_(executor), timer_(std::in_place, executor)
{
    prepare_curl();
    multi_ = curl_multi_init();
    if (!multi_)
        throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &OutboundLoop::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &OutboundLoop::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 16L);
}

OutboundLoop::~OutboundLoop()
{
    shut_down();
    curl_multi_cleanup(multi_);
}

void OutboundLoop::shut_down()
{
    shut_down_ = true;
    timer_.reset(); // its service may be gone before this object is
    for (const auto& watch : watches_) {
        watch->wanted = 0;
        watch->descriptor.release(); // the socket is curl's to close
    }
    watches_.clear();
}

void OutboundLoop::add(CURL* transfer)
{
    if (const CURLMcode code = curl_multi_add_handle(multi_, transfer); code != CURLM_OK)
        throw std::runtime_error(curl_multi_strerror(code));
}

void OutboundLoop::remove(CURL* transfer)
{
    curl_multi_remove_handle(multi_, transfer);
}

void OutboundLoop::resume(CURL* transfer)
{
    curl_easy_pause(transfer, CURLPAUSE_CONT);
    report_ended();
}

int OutboundLoop::on_socket(CURL*, curl_socket_t socket, int wanted, void* self, void* watch)
{
    auto& loop = *static_cast<OutboundLoop*>(self);
    if (!loop.shut_down_)
        loop.watch(socket, wanted, static_cast<Watch*>(watch));
    return 0;
}

void OutboundLoop::watch(curl_socket_t socket, int wanted, Watch* known)
{
    if (wanted == CURL_POLL_REMOVE) {
        if (known)
            forget(known);
        return;
    }
    std::shared_ptr<Watch> watch;
    const auto found = std::ranges::find(watches_, known, &std::shared_ptr<Watch>::get);
    if (known && found != watches_.end()) {
        watch = *found;
    } else {
        watch = *watches_.insert(std::make_shared<Watch>(executor_, socket)).first;
        curl_multi_assign(multi_, socket, watch.get());
    }
    watch->wanted = wanted;
    arm(watch);
}

void OutboundLoop::forget(Watch* watch)
{
    const auto found = std::ranges::find(watches_, watch, &std::shared_ptr<Watch>::get);
    if (found == watches_.end())
        return;
    curl_multi_assign(multi_, watch->number, nullptr);
    watch->wanted = 0;
    watch->descriptor.release();
    watches_.erase(found);
}

void OutboundLoop::arm(const std::shared_ptr<Watch>& watch)
{
    using Wait = boost::asio::posix::descriptor_base;
    const auto wait = [this, &watch](Wait::wait_type type, int poll, int event, bool Watch::* pending) {
        if (!(watch->wanted & poll) || (*watch).*pending)
            return;
        (*watch).*pending = true;
        watch->descriptor.async_wait(type,
                                     [self = shared_from_this(), watch, event, pending](boost::system::error_code e) {
            (*watch).*pending = false;
            if (e || watch->wanted == 0)
                return;
            self->act(watch->number, event);
            if (watch->wanted != 0)
                self->arm(watch);
        });
    };
    wait(Wait::wait_read, CURL_POLL_IN, CURL_CSELECT_IN, &Watch::reading);
    wait(Wait::wait_write, CURL_POLL_OUT, CURL_CSELECT_OUT, &Watch::writing);
}

int OutboundLoop::on_timer(CURLM*, long milliseconds, void* self)
{
    auto& loop = *static_cast<OutboundLoop*>(self);
    if (loop.shut_down_)
        return 0;
    loop.timer_->cancel();
    if (milliseconds < 0)
        return 0;
    // Never from within: curl must not be re-entered from its own callback.
    loop.timer_->expires_after(std::chrono::milliseconds(milliseconds));
    loop.timer_->async_wait([weak = loop.weak_from_this()](boost::system::error_code e) {
        const auto self_again = weak.lock();
        if (!e && self_again && !self_again->shut_down_)
            self_again->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
}

void OutboundLoop::act(curl_socket_t socket, int events)
{
    int running = 0;
    curl_multi_socket_action(multi_, socket, events, &running);
    report_ended();
}

void OutboundLoop::report_ended()
{
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        OutboundEnd* end = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &end);
        end->ended(message->data.result);
    }
}

} // namespace vitrina
