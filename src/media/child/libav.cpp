#include "media/child/libav.hpp"

#include <dlfcn.h>

#include <new>

namespace vitrina::av {

namespace {

struct Libraries {
    void* avutil = nullptr;
    void* avcodec = nullptr;
    void* avformat = nullptr;
    void* swscale = nullptr;
};

void* open_library(const char* file, std::string& missing)
{
    void* library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library && missing.empty())
        missing = dlerror();
    return library;
}

template <class Function>
void find(void* library, const char* name, Function& function, std::string& missing)
{
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (!function && missing.empty())
        missing = std::string("FFmpeg has no ") + name;
}

// FFmpeg tells its story to nobody: names and texts of a stranger's file do not belong in our logs.
void keep_quiet(void*, int, const char*, va_list)
{
}

template <class Thing>
Thing* or_out_of_memory(Thing* thing)
{
    if (!thing)
        throw std::bad_alloc();
    return thing;
}

} // namespace

std::string load()
{
    std::string missing;
    // The version in the file's name is that of the headers: another one has other structs.
    Libraries libraries{
        .avutil = open_library("libavutil.so." AV_STRINGIFY(LIBAVUTIL_VERSION_MAJOR), missing),
        .avcodec = open_library("libavcodec.so." AV_STRINGIFY(LIBAVCODEC_VERSION_MAJOR), missing),
        .avformat = open_library("libavformat.so." AV_STRINGIFY(LIBAVFORMAT_VERSION_MAJOR), missing),
        .swscale = open_library("libswscale.so." AV_STRINGIFY(LIBSWSCALE_VERSION_MAJOR), missing),
    };
    if (!missing.empty())
        return missing;

#define VITRINA_AV_FIND(library, name) find(libraries.library, #name, name, missing);
    VITRINA_AV_FUNCTIONS(VITRINA_AV_FIND)
#undef VITRINA_AV_FIND
    if (missing.empty())
        av_log_set_callback(keep_quiet);
    return missing;
}

Frame make_frame()
{
    return Frame(or_out_of_memory(av_frame_alloc()));
}

Packet make_packet()
{
    return Packet(or_out_of_memory(av_packet_alloc()));
}

Codec make_codec(const AVCodec* codec)
{
    return Codec(or_out_of_memory(avcodec_alloc_context3(codec)));
}

} // namespace vitrina::av
