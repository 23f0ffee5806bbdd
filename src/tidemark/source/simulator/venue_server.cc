#include "tidemark/source/simulator/venue_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>

#include "tidemark/source/simulator/venue_session.h"
#include "tidemark/source/simulator/venue_world.h"

namespace tidemark {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto kTick = std::chrono::milliseconds(1);
constexpr int64_t kEndNanos = 1'000'000'000;

}  // namespace

class VenueServer::Impl {
 public:
  explicit Impl(std::unique_ptr<VenueWorld> world)
      : world_(std::move(world)),
        acceptor_(context_),
        timer_(context_),
        address_(world_->options().address) {}

  Status Listen(const VenueServerOptions& options) {
    error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error || options.port < 0 || options.port > 65535) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("cannot listen at {}:{}", options.address, options.port));
    }
    const asio::ip::tcp::endpoint endpoint(address, static_cast<uint16_t>(options.port));
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) {
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("cannot listen at {}:{}: {}", options.address, options.port,
                              error.message()));
    }
    Accept();
    return {};
  }

  Status Run() {
    asio::signal_set signals(context_);
    error_code error;
    signals.add(SIGTERM, error);
    signals.add(SIGINT, error);
    signals.async_wait([this](error_code wrong, int) {
      if (!wrong) context_.stop();
    });
    Tick();
    context_.run();
    if (world_->options().truth_folder.empty() || truth_written_) return failed_;
    TM_TRY(failed_);
    return world_->WriteTruth();
  }

  void Stop() { context_.stop(); }

  int port() const { return port_; }
  const std::string& address() const { return address_; }
  VenueWorld& world() { return *world_; }

 private:
  void Accept() {
    accepting_ = true;
    acceptor_.async_accept([this](error_code error, asio::ip::tcp::socket socket) {
      if (!error && !world_->out()) {
        sessions_.push_back(std::make_shared<VenueSession>(*world_, std::move(socket)));
        sessions_.back()->Start();
      }
      // Out of descriptors: the next tick tries again.
      accepting_ = false;
      if (!error) Accept();
    });
  }

  // Everything that becomes due by time: messages, the outage, the end.
  void Tick() {
    const bool out = world_->out();
    if (out && !was_out_) ++world_->counts().Of(VenueFault::kOutage);
    was_out_ = out;
    if (!accepting_) Accept();
    for (const auto& session : sessions_) {
      if (out) session->Close();
      session->Pump();
    }
    std::erase_if(sessions_, [](const auto& session) { return session->closed(); });
    if (world_->over()) OnOver();
    timer_.expires_after(kTick);
    timer_.async_wait([this](error_code error) {
      if (!error) Tick();
    });
  }

  void OnOver() {
    if (!truth_written_ && !world_->options().truth_folder.empty()) {
      truth_written_ = true;
      failed_ = world_->WriteTruth();
    }
    if (over_ns_ == 0) over_ns_ = world_->RealNanos();
    // Until then the last messages have gone out.
    if (world_->options().exit_at_end && world_->RealNanos() - over_ns_ > kEndNanos) {
      context_.stop();
    }
  }

  std::unique_ptr<VenueWorld> world_;
  asio::io_context context_{1};
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  std::string address_;
  int port_ = 0;
  std::vector<std::shared_ptr<VenueSession>> sessions_;
  bool accepting_ = false;
  bool was_out_ = false;
  bool truth_written_ = false;
  int64_t over_ns_ = 0;  // when it was first seen to be over
  Status failed_;
};

VenueServer::VenueServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VenueServer::~VenueServer() = default;

Result<std::unique_ptr<VenueServer>> VenueServer::Open(const VenueServerOptions& options,
                                                       Clock& clock) {
  TM_ASSIGN(auto world, VenueWorld::Make(options, clock));
  auto impl = std::make_unique<Impl>(std::move(world));
  TM_TRY(impl->Listen(options));
  return std::unique_ptr<VenueServer>(new VenueServer(std::move(impl)));
}

int VenueServer::port() const { return impl_->port(); }
std::string VenueServer::url() const {
  return fmt::format("ws://{}:{}", impl_->address(), impl_->port());
}
std::string VenueServer::rest_url() const {
  return fmt::format("http://{}:{}", impl_->address(), impl_->port());
}
EventTime VenueServer::Now() const { return impl_->world().Now(); }
const VenueCounts& VenueServer::counts() const { return impl_->world().counts(); }
std::string VenueServer::StatusJson() const { return impl_->world().StatusJson(); }
Status VenueServer::Run() { return impl_->Run(); }
void VenueServer::Stop() { impl_->Stop(); }

}  // namespace tidemark
