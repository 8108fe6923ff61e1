#pragma once
#include "publishing/platform.hpp"

#include <memory>
#include <string>

namespace vitrina {

// Gives a status the text of `edit`. An edit replaces all of a status, so what it shows beside the text is read first,
// and named again.
std::unique_ptr<Conversation> make_mastodon_edit(PostEdit edit, const std::string& status, const AccountFacts& account,
                                                 const Clock& clock);

} // namespace vitrina
