#include "app/try_media_reader.hpp"

#include "app/library_parts.hpp"

#include <boost/asio/co_spawn.hpp>
#include <cstring>

namespace vitrina {
namespace {

void append_number(std::string& out, std::uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; ++i)
        out += char(value >> (8 * i) & 0xff);
}

// A WAV file: the smallest whole media file there is.
std::string silence()
{
    constexpr std::uint32_t rate = 8000, samples = 800;
    std::string wav = "RIFF";
    append_number(wav, 36 + samples, 4);
    wav += "WAVEfmt ";
    append_number(wav, 16, 4);   // length of the format
    append_number(wav, 1, 2);    // PCM
    append_number(wav, 1, 2);    // channels
    append_number(wav, rate, 4);
    append_number(wav, rate, 4); // bytes a second
    append_number(wav, 1, 2);    // bytes a frame
    append_number(wav, 8, 2);    // bits a sample
    wav += "data";
    append_number(wav, samples, 4);
    return wav + std::string(samples, char(0x80));
}

Task<std::size_t> read(const std::string& file, std::uint64_t offset, std::span<std::byte> out)
{
    const std::size_t left = offset < file.size() ? file.size() - std::size_t(offset) : 0;
    const std::size_t count = std::min(left, out.size());
    std::memcpy(out.data(), file.data() + offset, count);
    co_return count;
}

MediaSource source_of(const std::string& file)
{
    MediaSource source;
    source.size = file.size();
    source.read = [&file](std::uint64_t offset, std::span<std::byte> out) { return read(file, offset, out); };
    return source;
}

Task<> inspect(MediaInspector& inspector, const std::string& file, std::string& trouble)
{
    try {
        MediaSource source = source_of(file);
        const Result<MediaFacts> facts = co_await inspector.inspect(std::move(source));
        trouble = facts ? "" : facts.error().message;
    } catch (const std::exception& error) {
        trouble = error.what();
    }
}

} // namespace

std::string try_media_reader(const Settings& settings)
{
    boost::asio::io_context loop(1);
    std::string trouble = "it gave no answer";
    const std::string file = silence();
    {
        SandboxedInspector inspector(loop.get_executor(), inspector_options(settings));
        boost::asio::co_spawn(loop.get_executor(), inspect(inspector, file, trouble),
                              [&loop](std::exception_ptr) { loop.stop(); });
        loop.run();
    }
    return trouble;
}

} // namespace vitrina
