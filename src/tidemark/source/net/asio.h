// What the sources of this folder share; no header outside it includes this one.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <optional>

#include "tidemark/source/net/event_loop.h"

namespace tidemark {

struct EventLoop::Context {
  boost::asio::io_context io{1};  // one thread: no locks
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  std::optional<boost::asio::signal_set> signals;
};

}  // namespace tidemark
