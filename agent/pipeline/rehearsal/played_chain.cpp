#include "agent/pipeline/intake/left_out.hpp"
#include "agent/pipeline/rehearsal/played.hpp"
#include "agent/sources/lines.hpp"
#include "agent/transforms/chain.hpp"
#include "agent/transforms/onlooker.hpp"

#include <algorithm>
#include <cstring>

#include <prometheus/registry.h>

namespace outrider::pipeline {
namespace {

// A moment that is the same at each run: 2026-01-01T00:00:00Z.
constexpr core::WallTime played_time{std::chrono::seconds(1'767'225'600)};

// What the chain makes of each record, in order, is what one who looks sees.
class Collector final : public transforms::Onlooker {
 public:
  explicit Collector(std::vector<Came>& came) : came_(came) {}

  Look look() const override { return Look::closely; }
  void went_on(const transforms::Event&, const telemetry::Record& record,
               std::span<const transforms::Note> notes) override {
    add(record, notes).document = record.text;
  }
  void left_out(const transforms::Event& event, transforms::Onward why,
                std::span<const transforms::Note> notes) override {
    add(event.record, notes).dropped = name_of(reason_of(why));
  }

 private:
  Came& add(const telemetry::Record& record, std::span<const transforms::Note> notes) {
    Came& came = came_.emplace_back();
    came.record = record;
    came.record.text = {};
    for (const transforms::Note& note : notes) came.steps.push_back(note.by + ": " + note.what);
    return came;
  }

  std::vector<Came>& came_;
};

}  // namespace

std::vector<Came> through_chain(const core::Resource& resource, const LogSettings& logs,
                                const ReadSettings& read, std::string_view input) {
  std::vector<Came> came;
  Collector collector(came);
  ::prometheus::Registry registry;
  transforms::Chain chain({resource, registry}, plan_of(logs, read));
  chain.watched_by(&collector);
  const std::string stream = read.source.streams.empty() ? "input" : read.source.streams.front();
  sources::Lines lines({.generation = 1,
                        .began_seconds = telemetry::seconds_of(played_time),
                        .stream = telemetry::stream_key("test", stream, 1),
                        .offset = 0});
  const auto hand_on = [&](telemetry::Batch batch) {
    batch.stream = stream;
    chain.apply(batch, core::Instant{});
  };
  while (!input.empty()) {
    const std::span<char> room = lines.room();
    const std::size_t count = std::min(room.size(), input.size());
    std::memcpy(room.data(), input.data(), count);
    input.remove_prefix(count);
    hand_on(lines.took(count, played_time));
  }
  hand_on(lines.ended(played_time));
  (void)chain.rest();
  return came;
}

}  // namespace outrider::pipeline
