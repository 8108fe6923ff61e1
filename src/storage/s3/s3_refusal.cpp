#include "storage/s3/s3_refusal.hpp"

#include "storage/s3/s3_reply.hpp"

namespace vitrina {
namespace {

std::string other_region(const S3Client& client, const S3Answer& answer)
{
    const std::string bucket = "The bucket " + client.address().bucket + " is in ";
    const std::string region = s3_region_of(answer.headers, answer.body);
    if (region.empty() || region == client.region())
        return bucket + "another region than " + client.region() + ": set AWS_REGION to it.";
    return bucket + "the region " + region + ": set AWS_REGION to " + region + " (it is " + client.region() + ").";
}

std::string no_store(const S3Client& client, const S3Answer& answer)
{
    return "What answers at " + client.address().host + " is no S3 store (it said " + std::to_string(answer.status) +
           "): check VITRINA_S3_ENDPOINT.";
}

bool says(std::string_view text, std::string_view words)
{
    return text.find(words) != text.npos;
}

} // namespace

S3Call s3_first_question()
{
    return {.query = {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", "videos/"}}};
}

std::optional<std::string> why_s3_refuses(const S3Client& client, const S3Answer& answer)
{
    const std::string& bucket = client.address().bucket;
    const std::string& code = answer.error;
    if (answer.status == 200)
        return parse_s3_list(answer.body) ? std::nullopt : std::optional(no_store(client, answer));
    if (code == "InvalidAccessKeyId")
        return "The S3 store does not know the key of AWS_ACCESS_KEY_ID.";
    if (code == "SignatureDoesNotMatch")
        return "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID, says the S3 store: check both.";
    if (code == "NoSuchBucket")
        return "The S3 store has no bucket " + bucket + ": make it, or check S3_BUCKET_NAME, VITRINA_S3_ENDPOINT and " +
               "VITRINA_S3_PATH_STYLE.";
    if (code == "InvalidBucketName")
        return "The S3 store takes " + bucket +
               " for no bucket's name: check S3_BUCKET_NAME and VITRINA_S3_PATH_STYLE.";
    if (code == "PermanentRedirect" || code == "TemporaryRedirect" || code == "AuthorizationHeaderMalformed" ||
        code == "IllegalLocationConstraintException" || (code.empty() && answer.headers.find("x-amz-bucket-region")))
        return other_region(client, answer);
    if (code == "RequestTimeTooSkewed")
        return "The S3 store finds the clock of this machine wrong: set the clock.";
    if (code == "ExpiredToken" || code == "InvalidToken")
        return "The S3 store finds the session token expired or wrong (" + code + "): check the AWS credentials.";
    if (code == "AccessDenied" || code == "AllAccessDisabled" || code == "AccountProblem")
        return "The key of AWS_ACCESS_KEY_ID may not list the bucket " + bucket +
               ": allow it s3:ListBucket there, or check S3_BUCKET_NAME (the store said " + code + ").";
    if (code.empty())
        return no_store(client, answer);
    return "The S3 store answered " + std::to_string(answer.status) + ' ' + code + " for the bucket " + bucket +
           ": check VITRINA_S3_ENDPOINT, AWS_REGION and S3_BUCKET_NAME.";
}

std::string why_s3_is_away(const S3Client& client, const S3Trouble& trouble)
{
    constexpr std::string_view away = "the S3 store cannot be reached: ";
    const std::string reason = trouble.reason.substr(trouble.reason.starts_with(away) ? away.size() : 0);
    const std::string& host = client.address().host;
    if (says(reason, "expired"))
        return "The certificate of " + host + " has expired: renew it (" + reason + ").";
    if (says(reason, "subject name") || says(reason, "subjectAltName"))
        return "The certificate of " + host +
               " is for another name: check VITRINA_S3_ENDPOINT, or set VITRINA_S3_PATH_STYLE=yes (" + reason + ").";
    if (says(reason, "certificate"))
        return "The certificate of " + host + " is not trusted: name its authority with VITRINA_CA_FILE (" + reason +
               ").";
    if (says(reason, "wrong version number") || says(reason, "packet length too long"))
        return "What answers at " + host + " speaks no TLS: VITRINA_S3_ENDPOINT should begin with http:// (" + reason +
               ").";
    if (reason.size() == trouble.reason.size()) // it answered, or it was not asked for want of credentials
        return "The S3 store cannot be used now: " + reason + '.';
    return "Nothing usable answers at " + host + ": check VITRINA_S3_ENDPOINT and the network (" + reason + ").";
}

} // namespace vitrina
