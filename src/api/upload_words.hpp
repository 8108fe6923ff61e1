#pragma once
#include "api/upload_reception.hpp"

namespace vitrina {

// Title, description and tags of a form as the library's own values. A fault names the member at fault.
Result<VideoWords> video_words(const UploadForm& form);

// `tags` as sent in a form: a JSON array of strings; "" is none.
Result<std::vector<std::string>> parse_tags_text(std::string_view text);

} // namespace vitrina
