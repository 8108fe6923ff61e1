#pragma once
#include "api/json_writer.hpp"
#include "publishing/accounts.hpp"
#include "publishing/publications.hpp"

#include <string>
#include <vector>

namespace vitrina {

// A publication as /v1 shows it. With attempts and log where one is asked for by itself.
struct PublicationDetails {
    std::vector<PublicationAttempt> attempts;
    std::vector<PublicationNote> notes;
};
void append_publication(JsonWriter& json, const Publication& publication, const PublicationDetails* details = nullptr);

// As the frozen surface shows it: id, platform, status, url ("" until it is known).
void append_contract_publication(JsonWriter& json, const Publication& publication);

// One sentence about them all that is true now, in the words of a person.
std::string publications_message(const std::vector<Publication>& publications, const Platforms& platforms);

// Never with a token.
void append_account(JsonWriter& json, const Account& account);

} // namespace vitrina
