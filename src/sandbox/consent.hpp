#pragma once
#include "http/form.hpp"
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// The part of OAuth's code flow that a browser sees, the same for Google and Mastodon.

// A page that asks which test account may be used; its form posts to the same path.
Response ask_for_consent(Call& call);
// Sends the browser back to redirect_uri with a code and the state; shows the code for urn:ietf:wg:oauth:2.0:oob.
Response give_code(Call& call);
// The code's token, once: the same client and redirect_uri, and the verifier of its challenge. Throws invalid_grant.
Token redeem_code(World& world, std::string_view network, const Client& client, const FormFields& form);

std::string html_escape(std::string_view text);

} // namespace vitrina::sandbox
