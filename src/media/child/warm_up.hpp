#pragma once

namespace vitrina {

// Does once, while nobody waits, what the first use of FFmpeg would do while somebody does: tables are computed, pages
// of the libraries are brought in, and whatever they open on first use is opened before that is forbidden.
void warm_up();

} // namespace vitrina
