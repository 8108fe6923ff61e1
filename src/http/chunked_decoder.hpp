#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vitrina {

// Takes a chunked body apart (RFC 9112, 7.1), wherever the bytes happen to be cut. Strict: a CR without its LF, a size
// that is no hex number or does not fit 63 bits, too much between the chunks, all break it. Trailers are read and
// dropped.
class ChunkedDecoder {
public:
    enum class State { unfinished, finished, broken };

    struct Step {
        std::size_t used = 0;  // of the bytes given; what follows the body is not touched
        std::string_view data; // of the body, a view into the bytes given
    };
    // Goes up to the end of the next piece of data. Call again while bytes are left and the state is unfinished.
    Step next(std::string_view bytes);

    State state() const;

private:
    enum class At {
        size,
        size_digits,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer,
        trailer_lf,
        last_lf,
        finished,
        broken
    };

    At on_byte(char c);
    At on_size_byte(char c);

    At at_ = At::size;
    std::uint64_t left_ = 0;    // of the chunk
    int digits_ = 0;            // of its size, so far
    std::size_t between_ = 0;     // bytes of extensions and trailers so far, in the whole body
};

} // namespace vitrina
