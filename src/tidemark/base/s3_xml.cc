#include "tidemark/base/s3_xml.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "tidemark/base/utf8.h"

namespace tidemark {
namespace {

std::string Decode(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t amp = text.find('&');
    out += text.substr(0, amp);
    if (amp == std::string_view::npos) break;
    text.remove_prefix(amp);
    const size_t end = text.find(';');
    if (end == std::string_view::npos) return out += text;
    const std::string_view name = text.substr(1, end - 1);
    if (name == "amp") out += '&';
    if (name == "lt") out += '<';
    if (name == "gt") out += '>';
    if (name == "quot") out += '"';
    if (name == "apos") out += '\'';
    if (name.starts_with('#')) {
      const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
      const std::string_view digits = name.substr(hex ? 2 : 1);
      uint32_t code = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
      AppendUtf8(code, out);
    }
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

std::vector<std::string_view> XmlElements(std::string_view xml, std::string_view name) {
  std::vector<std::string_view> found;
  const std::string open = "<" + std::string(name);
  const std::string close = "</" + std::string(name) + ">";
  for (size_t at = xml.find(open); at != std::string_view::npos; at = xml.find(open, at)) {
    at += open.size();
    if (at >= xml.size()) break;
    if (xml[at] != '>' && xml[at] != ' ' && xml[at] != '/') continue;  // a longer name
    const size_t begin = xml.find('>', at);
    if (begin == std::string_view::npos) break;
    if (xml[begin - 1] == '/') continue;  // empty
    const size_t end = xml.find(close, begin);
    if (end == std::string_view::npos) break;
    found.push_back(xml.substr(begin + 1, end - begin - 1));
    at = end;
  }
  return found;
}

std::string XmlText(std::string_view xml, std::string_view name) {
  const auto found = XmlElements(xml, name);
  return found.empty() ? std::string() : Decode(found.front());
}

S3Listing ParseListing(std::string_view xml) {
  S3Listing listing;
  for (const std::string_view entry : XmlElements(xml, "Contents")) {
    S3Object object{XmlText(entry, "Key"), 0, XmlText(entry, "ETag")};
    if (object.etag.size() >= 2 && object.etag.front() == '"' && object.etag.back() == '"') {
      object.etag = object.etag.substr(1, object.etag.size() - 2);
    }
    const std::string size = XmlText(entry, "Size");
    std::from_chars(size.data(), size.data() + size.size(), object.size);
    object.size = std::max<int64_t>(object.size, 0);
    listing.objects.push_back(std::move(object));
  }
  if (XmlText(xml, "IsTruncated") == "true") listing.next = XmlText(xml, "NextContinuationToken");
  return listing;
}

}  // namespace tidemark
