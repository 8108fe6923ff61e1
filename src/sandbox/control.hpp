#pragma once
#include "http/route.hpp"
#include "sandbox/moving_clock.hpp"
#include "sandbox/network.hpp"
#include "sandbox/request_log.hpp"

namespace vitrina::sandbox {

// How a publisher reaches the stand-ins.
struct Reach {
    std::string connect_to; // for VITRINA_CONNECT_TO
    std::string ca_file;    // for VITRINA_CA_FILE
};

// The plain-HTTP side, for people and tests: what was posted, accounts, faults, the clock, the request log.
class Control {
public:
    Control(World& world, MovingClock& clock, RequestLog& log, std::vector<std::unique_ptr<Network>>& networks)
        : world_(world), clock_(clock), log_(log), networks_(networks)
    {
    }
    std::vector<Route> routes();
    // Known once the ports are.
    void set_reach(Reach reach) { reach_ = std::move(reach); }

private:
    Response page() const;
    Response ledger(const Request& request) const;
    Response video(const Request& request) const;
    Response remove_post(const Request& request);
    Response accounts() const;
    Response make_account(const Request& request);
    Response script_fault(const Request& request);
    Response move_clock(const Request& request);

    World& world_;
    MovingClock& clock_;
    RequestLog& log_;
    std::vector<std::unique_ptr<Network>>& networks_;
    Reach reach_;
};

boost::json::object to_json(const Post& post);
// What a newcomer sees at the page address.
std::string ledger_page(const std::vector<Post>& posts, const std::vector<Account>& accounts, const Reach& reach,
                        const std::function<bool(const std::string& sha256)>& is_kept);

} // namespace vitrina::sandbox
