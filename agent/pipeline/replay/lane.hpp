// From a source that can be read again to one sink: the lines are read, changed and carried at that sink's
// pace, and the source's place moves on only when all before it is safe there. Lines that wait for the rest
// of themselves hold their place back.
#pragma once

#include "agent/pipeline/carrier.hpp"
#include "agent/pipeline/follow/held_lines.hpp"
#include "agent/pipeline/replay/checkpoints.hpp"
#include "agent/sources/replay.hpp"
#include "agent/transforms/chain.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::pipeline {

class SinkLane final : public sources::Lane {
 public:
  struct Ends {
    core::Clock& clock;
    Carrier& carrier;
    Account& account;
    Checkpoints& checkpoints;
    Following* following = nullptr;  // null: no line follows its trace
  };

  SinkLane(const async::Executor& carry, Ends ends, std::unique_ptr<transforms::Chain> chain);

  const std::string& sink() const override { return ends_.carrier.name(); }
  core::Task<bool> room() override;
  void take(telemetry::Batch batch, sources::Place place) override;
  std::uint64_t settled(const std::string& part) const override;
  void when_settled(std::function<void()> listener) override { listener_ = std::move(listener); }
  void forget(const std::string& part) override;

  // Lines that have waited long enough for the rest of themselves.
  void hand_on_due();
  // Lines of which it is known now what is to become of them; whether there are any. They go on when what was
  // decided is on the disk.
  bool judge_held();
  void hand_on_judged();
  // Nothing more is wanted: what still waits for its rest will be read again.
  void close();

 private:
  struct Reading {
    std::string part;
    std::uint32_t generation;
    std::uint64_t read_to;
  };
  using Passed = std::vector<std::pair<std::string, std::uint64_t>>;  // parts, and up to where

  telemetry::Batch hold(telemetry::Batch batch);
  void hand_on(HeldLines::Out out);
  void let_go(Amount amount);
  std::optional<HeldLines::Place> kept_back_from(const std::string& stream) const;
  Passed passed(const std::string& stream);
  void hand_on(telemetry::Batch batch, Passed passed);
  void settle(const Passed& passed);

  Ends ends_;
  std::string name_;  // for its places
  std::unique_ptr<transforms::Chain> chain_;
  std::optional<HeldLines> held_;                       // where lines follow their trace
  std::map<std::string, std::deque<Reading>> streams_;  // what was read of each, the newest part last
  Passed after_the_rest_;  // of batches without a record, passed when what is on its way has arrived
  std::size_t on_their_way_ = 0;
  std::function<void()> listener_;
  async::Bell closing_;
  bool closed_ = false;
};

}  // namespace outrider::pipeline
