#include "tidemark/source/net/websocket_client.h"

#include "tidemark/source/net/asio.h"
#include "tidemark/source/net/websocket_connection.h"

namespace tidemark {
namespace {

std::shared_ptr<WebSocketClient::Connection> Make(EventLoop& loop, WebSocketOptions options,
                                                  WebSocketClient::Listener& listener) {
  auto url = ParseUrl(options.url);
  if (url && !url->websocket) {
    url = Fail(ErrorCode::kParse, "not a websocket address: '" + options.url + "'");
  }
  if (!url) return std::make_shared<FailedConnection>(loop, listener, url.error().message());
  if (!url->secure) {
    return std::make_shared<PlainConnection>(loop, std::move(options), *url, listener);
  }
  auto tls = MakeTlsContext(options.ca_file);
  if (!tls) return std::make_shared<FailedConnection>(loop, listener, tls.error().message());
  return std::make_shared<SecureConnection>(loop, std::move(options), *url, listener,
                                            *std::move(tls));
}

}  // namespace

WebSocketClient::WebSocketClient(EventLoop& loop, WebSocketOptions options, Listener& listener)
    : connection_(Make(loop, std::move(options), listener)) {
  connection_->Start();
}

WebSocketClient::~WebSocketClient() { Close(); }

Status WebSocketClient::Send(std::string text) { return connection_->Send(std::move(text)); }
void WebSocketClient::Ping() { connection_->Ping(); }
void WebSocketClient::Close() { connection_->Close(); }
void WebSocketClient::PauseReading(bool paused) { connection_->PauseReading(paused); }

}  // namespace tidemark
