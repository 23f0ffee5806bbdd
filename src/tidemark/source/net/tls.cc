#include "tidemark/source/net/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>

#include "tidemark/base/file.h"

namespace tidemark {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

Result<std::shared_ptr<ssl::context>> MakeTlsContext(const std::string& ca_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  error_code error;
  context->set_verify_mode(ssl::verify_peer, error);
  if (error) return Fail(ErrorCode::kIo, "TLS: " + error.message());
  if (ca_file.empty()) {
    context->set_default_verify_paths(error);
    if (error) return Fail(ErrorCode::kIo, "the system's certificates: " + error.message());
    return context;
  }
  TM_ASSIGN(const std::string pem, ReadFile(ca_file));
  context->add_certificate_authority(boost::asio::buffer(pem), error);
  if (error) return Fail(ErrorCode::kParse, ca_file + " holds no certificate: " + error.message());
  return context;
}

Status PrepareTls(const Url& url, SSL* ssl) {
  error_code not_an_address;
  boost::asio::ip::make_address(url.host, not_an_address);
  bool ok = true;
  if (not_an_address) {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    ok = SSL_set_tlsext_host_name(ssl, url.host.c_str()) == 1 &&
         SSL_set1_host(ssl, url.host.c_str()) == 1;
  } else {
    ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), url.host.c_str()) == 1;
  }
  if (!ok) return Fail(ErrorCode::kInternal, "TLS refuses the name '" + url.host + "'");
  return {};
}

std::string TlsErrorText(const error_code& error, SSL* ssl) {
  const long verified = SSL_get_verify_result(ssl);
  if (verified == X509_V_OK) return error.message();
  return error.message() + ": " + X509_verify_cert_error_string(verified);
}

}  // namespace tidemark
