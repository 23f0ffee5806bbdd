// A venue for tests: a websocket and HTTP server on a free loopback port. Each connection runs in a
// thread of its own, by a script; connections that are no websocket are answered by a handler.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace tidemark {

// A key and a certificate for these names, signed by itself, in PEM.
struct TestCertificate {
  std::string key, certificate;
  static TestCertificate Make(const char* names = "IP:127.0.0.1,DNS:localhost");
};

class ScriptedVenue {
 public:
  // One websocket connection, in its thread. Once the peer has gone or the server ends, every call
  // returns at once and gone() is true.
  class Peer {
   public:
    virtual ~Peer() = default;
    virtual int number() const = 0;  // 1 for the first connection
    virtual const std::string& target() const = 0;
    virtual std::string Receive() = 0;  // waits for a text; "" when gone
    virtual void Send(const std::string& text) = 0;
    virtual void Ping() = 0;
    virtual void Silent(int milliseconds) = 0;  // neither reads nor sends
    virtual void Stay() = 0;                    // reads until the peer goes
    virtual void Close() = 0;                   // with a goodbye
    virtual void Drop() = 0;                    // without
    virtual bool gone() const = 0;
  };
  struct Answer {
    int status = 200;
    std::string body = {};
    std::string retry_after = {};
    std::string date = {};
  };
  using Script = std::function<void(Peer&)>;
  using Handler = std::function<Answer(const std::string& target)>;

  struct Options {
    const TestCertificate* tls = nullptr;  // null: plain
    int refuse_with = 0;                   // status of every handshake; 0: accept them
    bool deflate = true;                   // accept it when offered
    bool mute = false;                     // accept connections and say nothing at all
  };
  ScriptedVenue(Script script, Handler handler, Options options);
  ScriptedVenue(Script script, Handler handler)
      : ScriptedVenue(std::move(script), std::move(handler), Options()) {}
  ~ScriptedVenue();  // drops every connection
  ScriptedVenue(const ScriptedVenue&) = delete;
  ScriptedVenue& operator=(const ScriptedVenue&) = delete;

  std::string ws_url() const;    // "ws://127.0.0.1:40123/", wss with TLS
  std::string http_url() const;  // "http://127.0.0.1:40123"
  int connections() const;       // accepted so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark
