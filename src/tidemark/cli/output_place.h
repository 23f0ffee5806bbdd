// Where an answer goes that was asked for with -o: a path here, or an s3:// address. For the latter
// it is written to a scratch folder and put when it is whole, so nobody sees half of it.
#pragma once

#include <string>

#include "tidemark/base/result.h"
#include "tidemark/pipeline/config.h"

namespace tidemark {

class OutputPlace {
 public:
  // `target` is a file or a folder. Errors: kInvalidArgument, kIo of the scratch folder.
  static Result<OutputPlace> Of(const std::string& target);
  OutputPlace(OutputPlace&& other) noexcept;
  ~OutputPlace();

  // Where to write: `target` itself, or its stand-in.
  const std::string& path() const { return path_; }
  // The address that a file written at, or below, path() is for; on S3 it is put there.
  // Errors: those of S3.
  Result<std::string> Publish(const Config& config, const std::string& written) const;

 private:
  OutputPlace() = default;
  std::string target_, path_;
  std::string scratch_;  // "" for a target here
};

}  // namespace tidemark
