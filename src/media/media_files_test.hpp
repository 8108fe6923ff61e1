#pragma once
#include "media/inspector.hpp"
#include "media/sandboxed_inspector.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace vitrina {

// The files of media tests, and their ways into an inspector.

// The folder of real media files, good, odd and broken; its MANIFEST.md says what each is.
std::filesystem::path media_corpus();

std::string read_whole(const std::filesystem::path& path);

// A folder that goes when the test ends.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

// `ffmpeg ARGUMENTS FILE`: a test's own media, by Debian's program.
void make_media(const std::string& arguments, const std::filesystem::path& file);

// Children are the tests' own program, which can be told to misbehave.
InspectorOptions test_options();

// A source the child reads itself. The descriptor is closed with the last copy.
MediaSource from_disk(const std::filesystem::path& path);
// A source the parent reads, from memory, in answer to the child.
MediaSource from_memory(std::string bytes);

// One file on an event loop of its own.
Result<MediaFacts> inspect(MediaSource source, InspectorOptions options = test_options());

// Mean brightness 0…255 of a JPEG, decoded; of its four quarters: top left, top right, bottom left, bottom right.
struct Brightness {
    double mean = 0;
    double quarters[4]{};
};
Brightness brightness(const Picture& picture);

} // namespace vitrina
