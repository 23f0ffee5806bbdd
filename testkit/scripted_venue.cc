#include "testkit/scripted_venue.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "tidemark/base/check.h"

namespace tidemark {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

std::string PemOf(const std::function<int(BIO*)>& write) {
  BIO* bio = BIO_new(BIO_s_mem());
  CHECK(bio != nullptr && write(bio) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

void AddExtension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// What the threads share.
class Sockets {
 public:
  bool Add(int socket) {
    const std::lock_guard lock(mutex_);
    if (ending_) return false;
    open_.insert(socket);
    return true;
  }
  void Remove(int socket) {
    const std::lock_guard lock(mutex_);
    open_.erase(socket);
  }
  void End() {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
    wake_.notify_all();
  }
  void Sleep(int milliseconds) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::chrono::milliseconds(milliseconds), [&] { return ending_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::set<int> open_;
};

template <typename Stream>
class WebSocketPeer : public ScriptedVenue::Peer {
 public:
  WebSocketPeer(websocket::stream<Stream>& stream, Sockets& sockets, int number, std::string target)
      : stream_(stream), sockets_(sockets), number_(number), target_(std::move(target)) {}
  int number() const override { return number_; }
  const std::string& target() const override { return target_; }
  std::string Receive() override {
    beast::flat_buffer buffer;
    error_code error;
    if (!gone_) stream_.read(buffer, error);
    gone_ = gone_ || error;
    return gone_ ? "" : beast::buffers_to_string(buffer.data());
  }
  void Send(const std::string& text) override {
    error_code error;
    if (!gone_) stream_.write(asio::buffer(text), error);
    gone_ = gone_ || error;
  }
  void Ping() override {
    error_code error;
    if (!gone_) stream_.ping({}, error);
    gone_ = gone_ || error;
  }
  void Silent(int milliseconds) override { sockets_.Sleep(milliseconds); }
  void Stay() override {
    while (!gone_) Receive();
  }
  void Close() override {
    error_code error;
    if (!gone_) stream_.close(websocket::close_code::going_away, error);
    gone_ = true;
  }
  void Drop() override {
    gone_ = true;
    ::shutdown(beast::get_lowest_layer(stream_).native_handle(), SHUT_RDWR);
  }
  bool gone() const override { return gone_; }

 private:
  websocket::stream<Stream>& stream_;
  Sockets& sockets_;
  int number_;
  std::string target_;
  bool gone_ = false;
};

}  // namespace

TestCertificate TestCertificate::Make(const char* names) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  CHECK(key != nullptr && certificate != nullptr);
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("a venue for tests"), -1, -1,
                             0);
  X509_set_issuer_name(certificate, name);
  AddExtension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate, NID_subject_alt_name, names);
  CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
  TestCertificate made;
  made.key = PemOf([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  made.certificate = PemOf([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
  X509_free(certificate);
  EVP_PKEY_free(key);
  return made;
}

struct ScriptedVenue::State {
  Script script;
  Handler handler;
  Options options;
  asio::io_context io;
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  Sockets sockets;
  std::atomic<int> accepted{0};
  std::vector<std::thread> peers;  // of the accepting thread, until it ends
  std::thread accepting;

  void Accept() {
    for (;;) {
      error_code error;
      tcp::socket socket(io);
      acceptor.accept(socket, error);
      const int handle = error ? -1 : socket.native_handle();
      if (error || !sockets.Add(handle)) return;
      const int number = ++accepted;
      peers.emplace_back([this, number, socket = std::move(socket)]() mutable {
        Serve(std::move(socket), number);
      });
    }
  }

  void Serve(tcp::socket socket, int number) {
    error_code error;
    socket.set_option(tcp::no_delay(true), error);
    const int handle = socket.native_handle();
    if (options.mute) {
      sockets.Sleep(60'000);
    } else if (options.tls == nullptr) {
      Talk(socket, number);
    } else {
      beast::ssl_stream<tcp::socket&> stream(socket, tls);
      stream.handshake(asio::ssl::stream_base::server, error);
      if (!error) Talk(stream, number);
    }
    // Still open here: another connection cannot have its number yet.
    sockets.Remove(handle);
  }

  template <typename Stream>
  void Talk(Stream& stream, int number) {
    beast::flat_buffer buffer;
    http::request<http::string_body> request;
    error_code error;
    http::read(stream, buffer, request, error);
    if (error) return;
    const std::string target(request.target());
    if (!websocket::is_upgrade(request) || options.refuse_with != 0) {
      Answer answer{.status = options.refuse_with, .body = "no", .retry_after = "7"};
      if (options.refuse_with == 0) answer = handler ? handler(target) : Answer{.status = 404};
      http::response<http::string_body> reply(static_cast<http::status>(answer.status), 11);
      if (!answer.retry_after.empty()) reply.set(http::field::retry_after, answer.retry_after);
      if (!answer.date.empty()) reply.set(http::field::date, answer.date);
      reply.body() = answer.body;
      reply.keep_alive(false);
      reply.prepare_payload();
      http::write(stream, reply, error);
      beast::get_lowest_layer(stream).shutdown(tcp::socket::shutdown_both, error);
      return;
    }
    websocket::stream<Stream&> talk(stream);
    websocket::permessage_deflate deflate;
    deflate.server_enable = options.deflate;
    talk.set_option(deflate);
    talk.read_message_max(64 << 20);
    talk.accept(request, error);
    if (error) return;
    WebSocketPeer<Stream&> peer(talk, sockets, number, target);
    script(peer);
    ::shutdown(beast::get_lowest_layer(stream).native_handle(), SHUT_RDWR);
  }
};

ScriptedVenue::ScriptedVenue(Script script, Handler handler, Options options)
    : state_(std::make_unique<State>()) {
  state_->script = std::move(script);
  state_->handler = std::move(handler);
  state_->options = options;
  if (options.tls != nullptr) {
    state_->tls.use_certificate(asio::buffer(options.tls->certificate), asio::ssl::context::pem);
    state_->tls.use_private_key(asio::buffer(options.tls->key), asio::ssl::context::pem);
  }
  state_->accepting = std::thread([state = state_.get()] { state->Accept(); });
}

ScriptedVenue::~ScriptedVenue() {
  ::shutdown(state_->acceptor.native_handle(), SHUT_RDWR);  // wakes accept
  state_->sockets.End();
  state_->accepting.join();
  for (std::thread& peer : state_->peers) peer.join();
}

std::string ScriptedVenue::ws_url() const {
  return std::string(state_->options.tls != nullptr ? "wss" : "ws") +
         "://127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port()) + "/";
}

std::string ScriptedVenue::http_url() const {
  return std::string(state_->options.tls != nullptr ? "https" : "http") +
         "://127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port());
}

int ScriptedVenue::connections() const { return state_->accepted; }

}  // namespace tidemark
