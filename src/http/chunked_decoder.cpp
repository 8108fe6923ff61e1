#include "http/chunked_decoder.hpp"

#include "http/grammar.hpp"

#include <algorithm>

namespace vitrina {
namespace {

// Extensions mean nothing to us, and nobody who means well sends much of them.
constexpr std::size_t most_between = 4 * 1024;

} // namespace

ChunkedDecoder::State ChunkedDecoder::state() const
{
    if (at_ == At::finished)
        return State::finished;
    return at_ == At::broken ? State::broken : State::unfinished;
}

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view bytes)
{
    std::size_t used = 0;
    while (used < bytes.size() && at_ != At::finished && at_ != At::broken) {
        if (at_ == At::data) {
            const auto size = std::size_t(std::min<std::uint64_t>(left_, bytes.size() - used));
            left_ -= size;
            if (left_ == 0)
                at_ = At::data_cr;
            return {used + size, bytes.substr(used, size)};
        }
        at_ = on_byte(bytes[used++]);
    }
    return {used, {}};
}

ChunkedDecoder::At ChunkedDecoder::on_size_byte(char c)
{
    const int digit = grammar::hex_value(c);
    if (digit >= 0) {
        if (left_ > (std::uint64_t(INT64_MAX) >> 4) || ++digits_ > 16)
            return At::broken;
        left_ = left_ << 4 | std::uint64_t(digit);
        return At::size_digits;
    }
    if (at_ == At::size)
        return At::broken; // not even one digit
    digits_ = 0;
    if (c == '\r')
        return At::size_lf;
    return c == ';' || grammar::is_blank(c) ? At::extension : At::broken;
}

ChunkedDecoder::At ChunkedDecoder::on_byte(char c)
{
    switch (at_) {
    case At::size:
    case At::size_digits: return on_size_byte(c);
    case At::extension:
        if (c == '\r')
            return At::size_lf;
        return grammar::is_value_char(c) && ++between_ <= most_between ? At::extension : At::broken;
    case At::size_lf:
        if (c != '\n')
            return At::broken;
        return left_ > 0 ? At::data : At::trailer_start;
    case At::data_cr: return c == '\r' ? At::data_lf : At::broken;
    case At::data_lf: return c == '\n' ? At::size : At::broken;
    case At::trailer_start:
        if (c == '\r')
            return At::last_lf;
        return grammar::is_token_char(c) && ++between_ <= most_between ? At::trailer : At::broken;
    case At::trailer:
        if (c == '\r')
            return At::trailer_lf;
        return grammar::is_value_char(c) && ++between_ <= most_between ? At::trailer : At::broken;
    case At::trailer_lf: return c == '\n' ? At::trailer_start : At::broken;
    case At::last_lf: return c == '\n' ? At::finished : At::broken;
    case At::data:
    case At::finished:
    case At::broken: break;
    }
    return At::broken;
}

} // namespace vitrina
