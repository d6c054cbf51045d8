#include "agent/sinks/logstash/logstash.hpp"

#include "agent/core/text.hpp"
#include "agent/sinks/hosts.hpp"
#include "agent/sinks/logstash/frames.hpp"
#include "agent/sinks/logstash/meters.hpp"
#include "agent/sinks/offer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>

namespace outrider::sinks::logstash {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;

// What the other side must hold in memory at once, unpacked.
constexpr std::size_t most_window_bytes = 4u << 20;
// A deadline each: so a slow way is told from one where nothing moves.
constexpr std::size_t slice_bytes = 64 * 1024;

struct Connection {
  std::size_t host = 0;
  std::unique_ptr<net::Stream> stream;
  AckReader acks;
};

// However waiting ends, it is over.
struct NoLonger {
  ::prometheus::Gauge& gauge;
  ~NoLonger() { gauge.Set(0); }
};

class LogstashSink final : public Sink {
 public:
  LogstashSink(const Tools& tools, Settings settings)
      : tools_(tools),
        settings_(std::move(settings)),
        name_(fmt::format("logstash {}", fmt::join(settings_.hosts, ", "))),
        hosts_(settings_.hosts, tools.random),
        meters_(tools.registry, name_, settings_.hosts) {
    if (settings_.compress > 0) packer_ = std::make_unique<telemetry::Packer>(settings_.compress);
  }

  std::string name() const override { return name_; }

  core::Task<Outcome<Receipt>> deliver(std::span<const telemetry::BatchPointer> batches) override {
    offer_.begin(batches);
    core::Error trouble;
    const std::vector<std::size_t> order = hosts_.order(tools_.clock.now());
    for (const std::size_t host : order) {
      Outcome<> sent = co_await send_to(host);
      if (sent) {
        hosts_.worked(host);
        co_return offer_.end();
      }
      hosts_.failed(host, tools_.clock.now());
      trouble = std::move(sent.error());
    }
    co_return fail(std::move(trouble));
  }

  std::size_t written_of(const telemetry::BatchPointer& batch) const override {
    return offer_.sent_of(batch);
  }

  core::Task<Outcome<>> settle() override { co_return Outcome<>(); }

 private:
  Records next() {
    for (;;) {
      Records records = offer_.next(settings_.window, most_window_bytes);
      const auto strange = std::ranges::find_if_not(
          records, [](const telemetry::Record* record) { return is_document(*record); });
      if (records.empty() || strange != records.begin()) {
        records.erase(strange, records.end());
        return records;
      }
      offer_.refused("it is no JSON object: no event can be made of it");
    }
  }

  // All that is left, over the connection that is kept or a new one. A kept one may have died unseen: that is
  // no trouble of the host.
  core::Task<Outcome<>> send_to(std::size_t host) {
    std::unique_ptr<Connection> connection = std::move(kept_);
    const bool is_usable = connection && connection->host == host && !connection->stream->is_stale();
    if (is_usable) {
      const Outcome<> sent = co_await send_over(connection);
      if (sent || sent.error().code != Errc::unavailable) co_return sent;
    }
    connection.reset();
    if (next().empty()) co_return Outcome<>();
    auto stream = co_await tools_.streams.connect(hosts_.address(host), settings_.tls, settings_.timeout);
    if (!stream) {
      meters_.failed(host, "connect");
      co_return fail(std::move(stream.error()));
    }
    meters_.connected(host);
    connection = std::make_unique<Connection>();
    connection->host = host;
    connection->stream = std::move(*stream);
    co_return co_await send_over(connection);
  }

  // A connection that failed, or on which we were cancelled, goes: only one that owes nothing is kept.
  core::Task<Outcome<>> send_over(std::unique_ptr<Connection>& connection) {
    for (Records records = next(); !records.empty(); records = next()) {
      Outcome<> sent = co_await send_window(*connection, records);
      if (sent) continue;
      meters_.failed(connection->host, reason_of(sent.error()));
      co_return fail("cannot deliver to " + hosts_.address(connection->host), sent.error());
    }
    kept_ = std::move(connection);
    co_return Outcome<>();
  }

  core::Task<Outcome<>> send_window(Connection& connection, const Records& records) {
    const auto make = [&] { return make_window(records, packer_.get()); };
    const std::string window = co_await async::offload(tools_.pool, make);
    meters_.resent_records->Increment(static_cast<double>(std::min(in_doubt_, records.size())));
    in_doubt_ = std::max(in_doubt_, records.size());
    for (std::size_t at = 0; at < window.size(); at += slice_bytes) {
      const std::string_view slice = std::string_view(window).substr(at, slice_bytes);
      Outcome<> written = co_await connection.stream->write_all(slice, settings_.timeout);
      if (!written) co_return fail(std::move(written.error()));
    }
    meters_.sent_bytes->Increment(static_cast<double>(window.size()));
    co_return co_await await_acks(connection, static_cast<std::uint32_t>(records.size()));
  }

  core::Task<Outcome<>> await_acks(Connection& connection, std::uint32_t window) {
    const NoLonger blocked_no_longer{*meters_.blocked};
    AckReader& acks = connection.acks;
    acks.expect(window);
    core::Instant patient_until = tools_.clock.now() + settings_.patience;
    std::array<char, 256> buffer{};
    while (acks.acknowledged() < window) {
      const std::span<char> into(buffer);
      Outcome<std::size_t> got = co_await connection.stream->read_some(into, settings_.timeout);
      if (!got) co_return fail(std::move(got.error()));
      if (*got == 0) {
        co_return fail(Errc::unavailable, fmt::format("it closed the connection when {} of {} records were "
                                                      "acknowledged",
                                                      acks.acknowledged(), window));
      }
      const std::uint32_t before = acks.acknowledged();
      const std::uint64_t alive_before = acks.keep_alives();
      const std::string_view came(buffer.data(), *got);
      Outcome<> taken = acks.take(came);
      const std::uint64_t alive = acks.keep_alives() - alive_before;
      meters_.keep_alives->Increment(static_cast<double>(alive));
      if (!taken) co_return taken;
      if (acks.acknowledged() > before) {
        count(acks.acknowledged() - before);
        patient_until = tools_.clock.now() + settings_.patience;
        meters_.blocked->Set(0);
      } else if (alive > 0) {
        meters_.blocked->Set(1);
      }
      if (acks.acknowledged() < window && tools_.clock.now() >= patient_until) co_return fail(blocked());
    }
    co_return Outcome<>();
  }

  void count(std::size_t records) {
    offer_.sent(records);
    in_doubt_ -= std::min(in_doubt_, records);
  }

  core::Error blocked() const {
    return {Errc::busy,
            "it says that it is alive, and has taken nothing for " + core::show_duration(settings_.patience),
            "look at the outputs of its pipeline"};
  }

  static std::string_view reason_of(const core::Error& error) {
    switch (error.code) {
      case Errc::timed_out: return "silent";
      case Errc::corrupt: return "protocol";
      case Errc::busy: return "blocked";
      default: return "lost";
    }
  }

  Tools tools_;
  Settings settings_;
  std::string name_;
  Hosts hosts_;
  Meters meters_;
  std::unique_ptr<telemetry::Packer> packer_;
  Offer offer_;
  std::unique_ptr<Connection> kept_;
  std::size_t in_doubt_ = 0;  // sent once, and neither acknowledged nor sent again yet
};

}  // namespace

std::unique_ptr<Sink> make(const Tools& tools, Settings settings) {
  return std::make_unique<LogstashSink>(tools, std::move(settings));
}

}  // namespace outrider::sinks::logstash
