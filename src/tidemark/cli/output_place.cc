#include "tidemark/cli/output_place.h"

#include <utility>

#include "tidemark/base/check.h"
#include "tidemark/base/file.h"
#include "tidemark/base/s3.h"
#include "tidemark/pipeline/lake_access.h"

namespace tidemark {

Result<OutputPlace> OutputPlace::Of(const std::string& target) {
  OutputPlace place;
  place.target_ = place.path_ = target;
  if (!IsS3Uri(target)) return place;
  while (place.target_.ends_with('/')) place.target_.pop_back();
  TM_ASSIGN(const S3Location at, ParseS3Uri(place.target_));
  TM_ASSIGN(place.scratch_, MakeTemporaryDirectory("tidemark-output-"));
  // The last name stays: formats go by it.
  place.path_ = place.scratch_ + "/" + at.key.substr(at.key.rfind('/') + 1);
  return place;
}

OutputPlace::OutputPlace(OutputPlace&& other) noexcept
    : target_(std::move(other.target_)),
      path_(std::move(other.path_)),
      scratch_(std::exchange(other.scratch_, {})) {}

OutputPlace::~OutputPlace() {
  if (!scratch_.empty()) (void)RemoveTree(scratch_);
}

Result<std::string> OutputPlace::Publish(const Config& config, const std::string& written) const {
  if (scratch_.empty()) return written;
  CHECK(written.starts_with(path_));
  const std::string address = target_ + written.substr(path_.size());
  TM_ASSIGN(const S3Location at, ParseS3Uri(address));
  TM_ASSIGN(const S3Options s3, CredentialsOf(config));
  TM_ASSIGN(const std::string bytes, ReadFile(written));
  TM_ASSIGN(const std::string etag, S3Client(s3).Put(at, bytes));
  return address;
}

}  // namespace tidemark
