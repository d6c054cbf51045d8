// For the spool's tests: sinks that can be away, a book that can be full, and lives that end by kill -9.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/pipeline/spool/spool.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace outrider::pipeline::spool_testing {

using namespace std::chrono_literals;

class QuietLog final : public core::Log {
 public:
  void write(core::Level, std::string_view, std::string_view, std::span<const core::Field>) override {}
};

// A sink whose other side can be away.
class TestSink final : public sinks::Sink {
 public:
  TestSink(std::string name, std::vector<std::string>& taken, bool& away)
      : name_(std::move(name)), taken_(taken), away_(away) {}
  std::string name() const override { return name_; }
  core::Task<core::Outcome<sinks::Receipt>> deliver(
      std::span<const telemetry::BatchPointer> batches) override {
    if (away_) co_return core::fail(core::Errc::unavailable, "cannot reach it");
    for (const auto& batch : batches) {
      for (const auto& record : batch->records) taken_.emplace_back(record.text);
    }
    co_return sinks::Receipt();
  }
  std::uint64_t appetite_bytes() const override { return 64u << 10; }
  core::Task<core::Outcome<>> settle() override { co_return core::Outcome<>(); }

 private:
  std::string name_;
  std::vector<std::string>& taken_;
  bool& away_;
};

class FullBook final : public durable::Book {
 public:
  core::Outcome<> write(std::span<const durable::Change> changes) override {
    if (full) return core::fail(core::Errc::exhausted, "cannot write: the disk is full");
    ++writes;
    return inner_->write(changes);
  }
  core::Outcome<std::optional<std::string>> read(std::string_view table,
                                                 std::string_view key) const override {
    return inner_->read(table, key);
  }
  core::Outcome<> walk(std::string_view table, std::string_view from, const Visit& visit) const override {
    return inner_->walk(table, from, visit);
  }
  core::Outcome<> skim(std::string_view table, std::string_view from, std::size_t most_bytes,
                       const Glance& glance) const override {
    return inner_->skim(table, from, most_bytes, glance);
  }
  durable::Volume volume() const override { return {}; }
  bool outlives_the_agent() const override { return lasts; }

  bool full = false;
  bool lasts = true;
  int writes = 0;

 private:
  std::unique_ptr<durable::Book> inner_ = durable::make_memory_book();
};

struct World {
  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  QuietLog log;
  FullBook book;
  std::map<std::string, std::vector<std::string>> taken;
  std::map<std::string, bool> away;
  SpoolKind kind = log_spool;
  SpoolSettings settings;

  // What a run of the agent has.
  struct Run {
    ::prometheus::Registry registry;
    Ledger ledger{registry};
    std::vector<std::unique_ptr<Carrier>> carriers;
    std::unique_ptr<Spool> spool;
    std::unique_ptr<async::Nursery> nursery;
  };
  std::unique_ptr<Run> run;
  std::uint64_t offset = 0;

  void start(const std::vector<std::string>& sinks) {
    run = std::make_unique<Run>();
    const auto executor = loop.get_executor();
    for (const auto& name : sinks) {
      auto sink = std::make_unique<TestSink>(name, taken[name], away[name]);
      const Carrier::Tools tools{clock, *random, log, run->registry, {}};
      run->carriers.push_back(std::make_unique<Carrier>(executor, tools, std::move(sink), 1u << 20,
                                                        sinks::WhenFull::drop_oldest, [] {}));
    }
    const Spool::Tools tools{clock, *pool, log, book, run->registry, run->ledger};
    std::vector<Destination> destinations;
    for (std::size_t at = 0; at < sinks.size(); ++at)
      destinations.push_back({run->carriers[at].get(), sinks[at]});
    run->spool = std::make_unique<Spool>(executor, tools, kind, settings, destinations);
    run->nursery = std::make_unique<async::Nursery>(executor);
    run->nursery->start(open_and_run(*run));
    for (const auto& carrier : run->carriers) run->nursery->start(carrier->run());
    clock.settle();
  }

  // As kill -9 does: nothing is saved, nothing is said.
  void kill() {
    run->spool->close();
    book.full = true;
    end();
    book.full = false;
  }

  void stop() {
    run->spool->close();
    end();
    async::Nursery saving(loop.get_executor());
    saving.start(run->spool->save());
    clock.settle();
    run.reset();
  }

  void end() {
    for (const auto& carrier : run->carriers) carrier->abandon();
    for (int i = 0; i < 30 && run->nursery->size() > 0; ++i) clock.advance(1s);
    EXPECT_EQ(run->nursery->size(), 0u);
  }

  void append(const std::string& text, telemetry::Severity severity = telemetry::Severity::info,
              const std::string& stream = "child output", const telemetry::Routes& routes = {}) {
    telemetry::Batch batch;
    batch.stream = stream;
    if (!routes.empty()) batch.routes = std::make_shared<telemetry::Routes>(routes);
    telemetry::Shelter shelter(text.size() + 64);
    telemetry::Record record;
    record.text = shelter.keep(text, batch.chunks);
    record.bytes = text.size() + 1;
    record.severity = severity;
    record.route = static_cast<std::uint8_t>(routes.size());
    record.origin = {1, 1'700'000'000, 5, offset};
    offset += record.bytes;
    batch.records.push_back(record);
    run->spool->append(std::move(batch));
  }

  void expect_balanced() {
    std::map<const Account*, Amount> waiting = run->spool->waiting();
    for (const auto& carrier : run->carriers) waiting.merge(carrier->waiting());
    for (const Account* account : run->ledger.check(waiting)) {
      ADD_FAILURE() << account->source() << " to " << account->sink() << ": " << account->imbalance();
    }
  }
  std::string metrics() const { return ::prometheus::TextSerializer().Serialize(run->registry.Collect()); }
  bool shows(const std::string& line) const { return metrics().find(line) != std::string::npos; }

 private:
  static async::Task<void> open_and_run(Run& run) {
    const auto opened = co_await run.spool->open();
    EXPECT_TRUE(opened);
    co_await run.spool->run();
  }
};

}  // namespace outrider::pipeline::spool_testing
