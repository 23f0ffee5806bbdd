// Just enough XML for the answers of S3: elements by name, text with entities. Not a general
// parser: comments, CDATA and attributes with '>' do not occur there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/s3.h"

namespace tidemark {

// The inner text of every <name>…</name>, in order; elements of one name are not nested.
std::vector<std::string_view> XmlElements(std::string_view xml, std::string_view name);
// The decoded text of the first <name>, "" when there is none.
std::string XmlText(std::string_view xml, std::string_view name);

// One page of the answer to ListObjectsV2. Entries whose size is no number have size 0.
struct S3Listing {
  std::vector<S3Object> objects;
  std::string next;  // the token that asks for the page behind it; "" when this is the last
};
S3Listing ParseListing(std::string_view xml);

}  // namespace tidemark
