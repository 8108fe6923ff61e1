#include "cli/progress_bar.hpp"
#include "cli/server_client.hpp"
#include "core/random.hpp"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vitrina {
namespace {

namespace json = boost::json;

struct Arguments {
    std::vector<std::string> files;
    std::string title, description;
    std::vector<std::string> tags;
};

// A file of this machine, read piece by piece while it is sent.
class LocalFile final : public ContentSource {
public:
    explicit LocalFile(const std::string& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC))
    {
        struct stat facts{};
        if (descriptor_ < 0 || ::fstat(descriptor_, &facts) != 0 || !S_ISREG(facts.st_mode))
            throw CommandFailed(Exit::usage, path + say(": this is not a file that can be read.",
                                                        ": no es un archivo que se pueda leer."));
        size_ = std::uint64_t(facts.st_size);
    }
    ~LocalFile() override { ::close(descriptor_); }
    LocalFile(const LocalFile&) = delete;
    LocalFile& operator=(const LocalFile&) = delete;

    std::uint64_t size() const override { return size_; }
    int descriptor() const override { return descriptor_; }
    Task<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        const ssize_t got = ::pread(descriptor_, out.data(), out.size(), off_t(offset));
        if (got < 0)
            throw CommandFailed(Exit::failed,
                                say("The file cannot be read any further.", "El archivo ya no se puede leer."));
        co_return std::size_t(got);
    }

private:
    int descriptor_;
    std::uint64_t size_ = 0;
};

std::string base_name(const std::string& path)
{
    return path.substr(path.find_last_of('/') + 1);
}

// "My holiday.mp4" → "My holiday"
std::string title_from(const std::string& path)
{
    const std::string name = base_name(path);
    const auto dot = name.find_last_of('.');
    return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

std::string field(const std::string& boundary, const std::string& name, const std::string& value)
{
    return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}

// Quotes and line ends may not stand in a header; browsers write them this way too.
std::string quoted_name(const std::string& name)
{
    std::string out;
    for (char c : name)
        out += c == '"' ? "%22" : c == '\r' ? "%0D" : c == '\n' ? "%0A" : std::string(1, c);
    return out;
}

json::value upload_one(ServerClient& server, const Arguments& arguments, const std::string& path)
{
    LocalFile file(path);
    const std::string boundary = "vitrina-" + random_hex(16);
    const json::array tags(arguments.tags.begin(), arguments.tags.end());

    OutboundRequest request;
    request.method = Method::post;
    request.headers.add("Content-Type", "multipart/form-data; boundary=" + boundary);
    request.headers.add("Idempotency-Key", random_hex(16));
    request.body.before = field(boundary, "title", arguments.title.empty() ? title_from(path) : arguments.title) +
                          field(boundary, "description", arguments.description) +
                          field(boundary, "tags", json::serialize(tags)) + "--" + boundary +
                          "\r\nContent-Disposition: form-data; name=\"video\"; filename=\"" +
                          quoted_name(base_name(path)) + "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
    request.body.source = &file;
    request.body.length = file.size();
    request.body.after = "\r\n--" + boundary + "--\r\n";

    ProgressBar bar(base_name(path), file.size(), ::isatty(STDERR_FILENO) == 1);
    request.progress = [&bar, &file](std::uint64_t sent) { bar.show(std::min(sent, file.size())); };
    json::value video = server.send(std::move(request), "/v1/videos");
    bar.finish();
    return video;
}

Exit upload(const Console& console, const Arguments& arguments)
{
    if (arguments.files.size() > 1 && !arguments.title.empty())
        throw CommandFailed(Exit::usage,
                            say("--title is for one file; without it each file's name is its title.",
                                "--title es para un solo archivo; sin él, el nombre de cada archivo es su título."));
    ServerClient server(console.settings);
    for (const std::string& path : arguments.files) {
        const json::value video = upload_one(server, arguments, path);
        if (console.json)
            print(json::serialize(video));
        else
            print(std::string(video.at("id").as_string()) + "  " + std::string(video.at("title").as_string()));
    }
    return Exit::done;
}

} // namespace

void add_upload(CLI::App& app, Action& action)
{
    auto arguments = std::make_shared<Arguments>();
    auto* command = app.add_subcommand("upload", say("Upload videos", "Subir videos"));
    command->add_option("files", arguments->files, say("Video files", "Archivos de video"))->required();
    command->add_option("--title", arguments->title,
                        say("Title; else the file's name", "Título; si no, el nombre del archivo"));
    command->add_option("--description", arguments->description, say("Description", "Descripción"));
    command->add_option("--tag", arguments->tags,
                        say("A tag; may be given several times", "Una etiqueta; se puede repetir"));
    command->callback(
        [&action, arguments] { action = [arguments](const Console& console) { return upload(console, *arguments); }; });
}

} // namespace vitrina
