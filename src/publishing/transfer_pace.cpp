#include "publishing/transfer_pace.hpp"

namespace vitrina {
namespace {

constexpr std::chrono::seconds told_at_most_every{2};

} // namespace

bool TransferPace::moved(Instant now, std::uint64_t sent, std::uint64_t total)
{
    if (!began_ || sent < sent_) { // a network that forgot part of it begins anew
        began_ = now;
        first_ = sent_ = sent;
        return false;
    }
    if (sent == sent_)
        return false;
    sent_ = sent;
    last_ = now;
    const bool due = !told_ || now - *told_ >= told_at_most_every || sent == total;
    if (due)
        told_ = now;
    return due;
}

std::optional<std::chrono::seconds> TransferPace::remaining(std::uint64_t total) const
{
    if (!began_ || sent_ <= first_ || last_ <= *began_ || sent_ > total)
        return std::nullopt;
    using Seconds = std::chrono::duration<double>;
    const double each = Seconds(last_ - *began_).count() / double(sent_ - first_);
    return std::chrono::ceil<std::chrono::seconds>(Seconds(each * double(total - sent_)));
}

} // namespace vitrina
