#pragma once
#include "library/videos.hpp"
#include "publishing/platform.hpp"
#include "publishing/publications.hpp"

#include <string>

namespace vitrina {

class Accounts;

// Where nobody can prove what became of a post, a person looks, and says where it is.
class FoundPosts {
public:
    FoundPosts(Database& database, JobQueue& queue, const Clock& clock, Videos& videos, Accounts& accounts,
               Publications& publications, const Platforms& platforms);

    // The publication is published at that address from now on; `who` said so is kept with it. Saying it twice changes
    // nothing. missing (VT-PUB-001), conflict (VT-PUB-011) unless its outcome is unknown or a person had to finish it,
    // unprocessable (VT-PUB-012) when the address is not a post's of its network.
    Task<Result<Publication>> link(PublicationId id, std::string address, std::string who);

private:
    Task<Result<Publication>> write(Publication publication, std::string post, std::string address, std::string who);

    Database& db_;
    JobQueue& queue_;
    const Clock& clock_;
    Videos& videos_;
    Accounts& accounts_;
    Publications& publications_;
    const Platforms& platforms_;
};

} // namespace vitrina
