#include "cli/move_display.hpp"

#include "cli/console.hpp"
#include "cli/progress_bar.hpp"

#include <cstdio>

namespace vitrina {
namespace {

using Stage = MoveProgress::Stage;

const char* words_of(Stage stage)
{
    switch (stage) {
    case Stage::preparing: return say("Preparing", "Preparando");
    case Stage::objects: return say("Copying files", "Copiando archivos");
    case Stage::rows: return say("Copying entries", "Copiando registros");
    case Stage::draining: return say("Waiting for what is under way", "Esperando lo que está en curso");
    case Stage::last_objects: return say("Copying the last files", "Copiando los últimos archivos");
    case Stage::last_rows: return say("Copying the last entries", "Copiando los últimos registros");
    case Stage::checking: return say("Checking", "Comprobando");
    case Stage::done: return say("Done", "Hecho");
    }
    return "";
}

} // namespace

std::string move_line(const MoveProgress& progress, double elapsed_seconds)
{
    const Stage stage = progress.stage;
    std::string line = words_of(stage);
    const std::uint64_t bytes = progress.bytes, all = progress.all_bytes;
    if (stage == Stage::objects || stage == Stage::last_objects || (stage == Stage::checking && all > 0 && bytes > 0)) {
        line += "  " + std::to_string(progress.objects) + say(" of ", " de ") + std::to_string(progress.all_objects) +
                "  " + readable_bytes(double(bytes)) + say(" of ", " de ") + readable_bytes(double(all));
        const double rate = elapsed_seconds > 0 ? double(bytes) / elapsed_seconds : 0;
        line += "  " + readable_bytes(rate) + "/s";
        if (rate > 0 && bytes < all)
            line += "  " + readable_time(std::int64_t(double(all - bytes) / rate) + 1) + say(" left", " restante");
    } else if (progress.rows > 0) {
        line += "  " + std::to_string(progress.rows);
    }
    return line;
}

MoveDisplay::~MoveDisplay()
{
    if (line_open_)
        std::fputc('\n', stderr);
}

void MoveDisplay::show()
{
    const auto now = Steady::now();
    const bool is_new = progress_.stage != stage_;
    if (is_new) {
        stage_ = progress_.stage;
        began_ = now;
    }
    const std::string line = move_line(progress_, std::chrono::duration<double>(now - began_).count());
    if (terminal_) {
        std::fprintf(stderr, "\r\033[K%s", line.c_str());
        std::fflush(stderr);
        line_open_ = true;
    } else if (is_new || now - last_line_ >= std::chrono::seconds(10)) {
        last_line_ = now;
        complain(line);
    }
}

} // namespace vitrina
