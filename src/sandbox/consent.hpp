#pragma once
#include "http/form.hpp"
#include "sandbox/google_oauth.hpp"
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// The part of OAuth's code flow that a browser sees, the same for all networks but for what they call things.
struct ConsentDialect {
    std::string_view client = "client_id"; // the parameter
    bool (*answers)(std::string_view verifier, std::string_view challenge) = answers_challenge;
};

// A page that asks which test account may be used, of those there are or a new one, and for what; its form posts to the
// same path.
Response ask_for_consent(Call& call, const ConsentDialect& dialect = {});
// Sends the browser back to redirect_uri with a code, or with error=access_denied, and the state; shows the code for
// urn:ietf:wg:oauth:2.0:oob.
Response give_code(Call& call, const ConsentDialect& dialect = {});
// The code's token, once: the same client and redirect_uri, and the verifier of its challenge. Throws invalid_grant.
Token redeem_code(World& world, std::string_view network, const Client& client, const FormFields& form,
                  const ConsentDialect& dialect = {});
// Of a program on the person's own machine, which needs no registered address.
bool is_loopback(std::string_view uri);

std::string html_escape(std::string_view text);

} // namespace vitrina::sandbox
