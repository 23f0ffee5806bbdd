// Archives and compressed streams to members (libarchive is kept inside unpack.cc).
#pragma once

#include <functional>
#include <string_view>

#include "tidemark/source/file/content.h"

namespace tidemark {

// REQUIRES packing != kNone. A stream that is cut or damaged ends its member early and says so in
// `problem`; so does an archive, and then it is the last. Errors: those of `on_member` and of
// disks.
Status Unpack(std::string_view stored, Packing packing,
              const std::function<Status(Member)>& on_member);

}  // namespace tidemark
