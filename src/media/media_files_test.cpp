#include "media/media_files_test.hpp"

#include "media/child/libav.hpp"
#include "unit/run.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace vitrina {

namespace fs = std::filesystem;

fs::path media_corpus()
{
    return fs::path(VITRINA_SOURCE_DIR) / "testdata/media";
}

std::string read_whole(const fs::path& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw std::runtime_error("cannot read " + path.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

TemporaryFolder::TemporaryFolder()
{
    std::string name = (fs::temp_directory_path() / "vitrina-media-XXXXXX").string();
    if (!mkdtemp(name.data()))
        throw std::runtime_error("no temporary folder");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

void make_media(const std::string& arguments, const fs::path& file)
{
    std::string command = "ffmpeg -nostdin -v error -y " + arguments + " " + file.string();
    if (std::system(command.c_str()) != 0)
        throw std::runtime_error("this did not work: " + command);
}

InspectorOptions test_options()
{
    InspectorOptions options;
    options.program = VITRINA_MEDIA_CHILD;
    return options;
}

MediaSource from_disk(const fs::path& path)
{
    int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        throw std::runtime_error("cannot open " + path.string());
    std::shared_ptr<void> closer(nullptr, [descriptor](void*) { close(descriptor); });
    MediaSource source{.size = fs::file_size(path), .descriptor = descriptor};
    // Holds the descriptor open; the child never asks, since it can read by itself.
    source.read = [closer](std::uint64_t, std::span<std::byte>) -> Task<std::size_t> {
        throw std::logic_error("asked although it has the file");
    };
    return source;
}

namespace {

Task<std::size_t> copy_from(std::shared_ptr<std::string> bytes, std::uint64_t offset, std::span<std::byte> out)
{
    std::size_t length = offset < bytes->size() ? std::min<std::size_t>(out.size(), bytes->size() - offset) : 0;
    std::memcpy(out.data(), bytes->data() + offset, length);
    co_return length;
}

// A spawned task's result must have a default, which a Result has not.
Task<std::optional<Result<MediaFacts>>> inspect_alone(MediaSource source, InspectorOptions options)
{
    auto executor = co_await boost::asio::this_coro::executor;
    SandboxedInspector inspector(executor, std::move(options));
    auto result = co_await inspector.inspect(std::move(source));
    co_return result;
}

AVFrame& decode(AVCodecContext& codec, const Picture& picture, AVFrame& frame)
{
    av::Packet packet = av::make_packet();
    std::string padded = picture.jpeg + std::string(AV_INPUT_BUFFER_PADDING_SIZE, '\0');
    packet->data = reinterpret_cast<std::uint8_t*>(padded.data());
    packet->size = static_cast<int>(picture.jpeg.size());
    if (av::avcodec_send_packet(&codec, packet.get()) < 0 || av::avcodec_receive_frame(&codec, &frame) < 0)
        throw std::runtime_error("not a JPEG that can be decoded");
    return frame;
}

} // namespace

MediaSource from_memory(std::string bytes)
{
    auto shared = std::make_shared<std::string>(std::move(bytes));
    MediaSource source{.size = shared->size()};
    source.read = [shared](std::uint64_t offset, std::span<std::byte> out) { return copy_from(shared, offset, out); };
    return source;
}

Result<MediaFacts> inspect(MediaSource source, InspectorOptions options)
{
    return *run(inspect_alone(std::move(source), std::move(options)));
}

Brightness brightness(const Picture& picture)
{
    static const std::string missing = av::load();
    if (!missing.empty())
        throw std::runtime_error(missing);
    const AVCodec* decoder = av::avcodec_find_decoder(AV_CODEC_ID_MJPEG);
    av::Codec codec = av::make_codec(decoder);
    codec->thread_count = 1;
    av::Frame frame = av::make_frame();
    if (av::avcodec_open2(codec.get(), decoder, nullptr) < 0)
        throw std::runtime_error("no JPEG decoder");
    decode(*codec, picture, *frame);
    if (frame->width != picture.width || frame->height != picture.height)
        throw std::runtime_error("a picture of another size than it was said to have");

    Brightness light;
    double pixels[4]{};
    for (int y = 0; y < frame->height; ++y) {
        for (int x = 0; x < frame->width; ++x) {
            int quarter = (y >= frame->height / 2 ? 2 : 0) + (x >= frame->width / 2 ? 1 : 0);
            light.quarters[quarter] += frame->data[0][y * frame->linesize[0] + x];
            ++pixels[quarter];
        }
    }
    for (int i = 0; i < 4; ++i)
        light.mean += light.quarters[i];
    light.mean /= pixels[0] + pixels[1] + pixels[2] + pixels[3];
    for (int i = 0; i < 4; ++i)
        light.quarters[i] /= pixels[i] > 0 ? pixels[i] : 1;
    return light;
}

} // namespace vitrina
