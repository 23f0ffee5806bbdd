#include "tidemark/source/net/websocket_client.h"

#include "tidemark/source/net/websocket_connection.h"

namespace tidemark {

WebSocketClient::WebSocketClient(EventLoop& loop, WebSocketOptions options, Listener& listener)
    : connection_(Connection::Make(loop, std::move(options), listener)) {
  connection_->Start();
}

WebSocketClient::~WebSocketClient() { Close(); }

Status WebSocketClient::Send(std::string text) { return connection_->Send(std::move(text)); }
void WebSocketClient::Ping() { connection_->Ping(); }
void WebSocketClient::Close() { connection_->Close(); }
void WebSocketClient::PauseReading(bool paused) { connection_->PauseReading(paused); }

}  // namespace tidemark
