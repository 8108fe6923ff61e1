#pragma once
#include "storage/s3/s3_client.hpp"
#include "storage/store_report.hpp"

namespace vitrina {

// Tries a bucket out, for doctor: what Vitrina needs of it, what it can use, and what it had better know. Writes only
// below "vitrina-probe/", about 16 MiB, and removes all of that, old versions and what an interrupted probe left
// included. Blocks.
StoreReport probe_s3(S3ClientOptions options);

} // namespace vitrina
