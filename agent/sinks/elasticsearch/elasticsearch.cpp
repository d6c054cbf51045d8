#include "agent/sinks/elasticsearch/elasticsearch.hpp"

#include "agent/net/endpoint.hpp"
#include "agent/sinks/elasticsearch/delivery/delivery.hpp"

#include <algorithm>
#include <utility>

namespace outrider::sinks::elasticsearch {
namespace {

class ElasticsearchSink final : public Sink {
 public:
  ElasticsearchSink(const Tools& tools, Settings settings)
      : tools_(tools),
        settings_(std::move(settings)),
        meters_(tools.registry, settings_.name(), settings_.urls),
        sender_(tools_, settings_, meters_),
        doubt_(tools_, settings_, sender_, meters_),
        pace_(settings_.most_requests),
        learned_{settings_.request_bytes, settings_.request_bytes} {
    meters_.limit(pace_.limit());
  }

  std::string name() const override { return settings_.name(); }

  core::Task<core::Outcome<Receipt>> deliver(std::span<const telemetry::BatchPointer> batches) override {
    standings_.offer(batches);
    Delivery delivery({tools_, settings_, sender_, pace_, meters_, doubt_, standings_, learned_, bodies_});
    const core::Outcome<> done = co_await delivery.run();
    if (!done) co_return core::fail(done.error());
    co_return standings_.take_receipt();
  }

  std::uint64_t appetite_bytes() const override {
    return std::min(pace_.limit() * learned_.request_bytes, settings_.buffer_bytes);
  }

  std::size_t written_of(const telemetry::BatchPointer& batch) const override {
    return standings_.arrived_of(batch);
  }

  core::Task<core::Outcome<>> settle() override { co_return core::Outcome<>(); }

  void rest() override { bodies_.rest(); }

 private:
  Tools tools_;
  Settings settings_;
  Meters meters_;
  Sender sender_;
  Doubt doubt_;
  Pace pace_;
  Learned learned_;
  Standings standings_;
  Bodies bodies_;
};

}  // namespace

std::string Settings::name() const {
  const auto url = net::read_url(urls.front());
  return "elasticsearch " + target.text() + " at " + (url ? url->endpoint.text() : urls.front());
}

std::unique_ptr<Sink> make(const Tools& tools, Settings settings) {
  return std::make_unique<ElasticsearchSink>(tools, std::move(settings));
}

}  // namespace outrider::sinks::elasticsearch
