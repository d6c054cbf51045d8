// What the tests of sources that ask servers share: a virtual clock and net, a client that says what the test
// wants, and the page that comes of it.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"
#include "agent/net/http.hpp"
#include "agent/net/streams/sim_streams.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/sources/shelf.hpp"
#include "agent/telemetry/exposition.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace outrider::sources::testing {

class SayingClient final : public net::Client {
 public:
  core::Task<core::Outcome<net::Response>> ask(net::Request request, core::Duration limit) override {
    co_await async::yield_turn();
    asked = std::move(request);
    limited_to = limit;
    co_return say();
  }
  net::Request asked;
  core::Duration limited_to{};
  std::function<core::Outcome<net::Response>()> say = [] {
    return core::Outcome<net::Response>(core::fail(core::Errc::refused, "connection refused"));
  };
};

inline net::Response body(std::string text, int status = 200) { return {status, {}, std::move(text)}; }

class SourceTest : public ::testing::Test {
 protected:
  ~SourceTest() override { stop(); }

  void start(std::unique_ptr<MetricSource> source) {
    source_ = std::move(source);
    nursery_.start(source_->run(board_));
    clock_.advance(std::chrono::milliseconds(10));  // a connection takes a moment
  }
  void stop() {
    nursery_.cancel();
    clock_.settle();
  }
  std::string page() const {
    std::string text;
    const auto& families = board_.entries().at(0).families;
    if (families) telemetry::write_exposition({families.get()}, telemetry::Format::text, text);
    return text;
  }
  bool shows(const std::string& line) const {
    return ("\n" + page()).find("\n" + line + "\n") != std::string::npos;
  }
  std::string meters() const { return ::prometheus::TextSerializer().Serialize(registry_.Collect()); }

  boost::asio::io_context loop_{1};
  os::SimClock clock_{loop_};
  std::unique_ptr<core::Random> random_ = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool_ = async::make_inline_pool(loop_.get_executor());
  os::CapturedLog log_;
  SayingClient client_;
  net::SimStreams streams_{clock_, loop_.get_executor()};
  ::prometheus::Registry registry_;
  core::Resource resource_;
  telemetry::Board board_;
  Tools tools_{.clock = clock_,
               .random = *random_,
               .pool = *pool_,
               .log = log_,
               .http = client_,
               .registry = registry_,
               .resource = resource_,
               .installation = {},
               .listeners = streams_,
               .streams = streams_};
  async::Nursery nursery_{loop_.get_executor()};
  std::unique_ptr<MetricSource> source_;
};

}  // namespace outrider::sources::testing
