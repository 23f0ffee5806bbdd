// TLS as a client: 1.2 or later, the server's certificate and name verified.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <memory>
#include <string>

#include "tidemark/base/result.h"
#include "tidemark/source/net/url.h"

namespace tidemark {

// Trusts the system's certificates, or only those of `ca_file` (PEM) when it is not "". Errors:
// those of the file; kParse when it holds no certificate; kIo.
Result<std::shared_ptr<boost::asio::ssl::context>> MakeTlsContext(const std::string& ca_file);

// Before the handshake: the name to ask for, the name to find. Errors: kInternal.
Status PrepareTls(const Url& url, SSL* ssl);

// Why a handshake failed: OpenSSL's reason and, where it is one, what is wrong with the
// certificate.
std::string TlsErrorText(const boost::system::error_code& error, SSL* ssl);

}  // namespace tidemark
