// Any bytes as the answer of an S3 server.
#include "tidemark/base/s3_xml.h"

#include "tidemark/base/check.h"
#include "tidemark/base/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark;
  constexpr std::string_view kListing =
      "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>true</IsTruncated>"
      "<Contents><Key>a&amp;b/&#x1F4C8;.csv</Key><ETag>&quot;9f86&quot;</ETag><Size>120</Size>"
      "</Contents><Contents><Key>a/c.csv</Key><Size>7</Size><ETag/></Contents>"
      "<NextContinuationToken>1ueGcxLPRx1Tr==</NextContinuationToken></ListBucketResult>";
  FuzzInput in(data, size);
  const std::string xml =
      in.Choose(2) == 0 ? std::string(in.rest()) : in.Edit(std::string(kListing));
  const S3Listing listing = ParseListing(xml);
  for (const S3Object& object : listing.objects) {
    CHECK(object.size >= 0 && object.key.size() <= xml.size());
  }
  for (const char* name : {"Code", "Message", "Key"}) {
    CHECK(XmlText(xml, name).size() <= xml.size());
  }
  return 0;
}
