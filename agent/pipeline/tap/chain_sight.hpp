// What a tap sees of a chain. A source that can be read again is read once for each sink: a record is shown
// when the first of them reads it.
#pragma once

#include "agent/pipeline/tap/taps.hpp"
#include "agent/pipeline/tap/whole_way.hpp"
#include "agent/transforms/onlooker.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace outrider::pipeline {

// How far the foremost reader of each stream is. What it reads is new, in whichever order it comes; of the
// others only what lies beyond.
class Foremost {
 public:
  bool is_new(const void* reader, std::string_view stream, const telemetry::Origin& origin,
              std::uint64_t audience);

 private:
  struct Front {
    const void* reader;
    telemetry::Origin at;
  };
  std::uint64_t audience_ = 0;
  std::map<std::string, Front, std::less<>> fronts_;
};

class ChainSight final : public transforms::Onlooker {
 public:
  struct Seen {
    const core::Resource& resource;
    transforms::ChainPlan plan;
  };
  // Of a volatile source: each of its streams is a point.
  ChainSight(Taps& taps, Seen seen) : taps_(taps), seen_(std::move(seen)) {}
  ChainSight(Taps& taps, Seen seen, std::string source, std::shared_ptr<Foremost> readers)
      : taps_(taps), seen_(std::move(seen)), source_(std::move(source)), readers_(std::move(readers)) {}

  Look look() const override;
  void went_on(const transforms::Event& event, const telemetry::Record& record,
               std::span<const transforms::Note> notes) override;
  void left_out(const transforms::Event& event, transforms::Onward why,
                std::span<const transforms::Note> notes) override;

 private:
  bool is_new(const transforms::Event& event);
  std::string_view of(const transforms::Event& event) const { return readers_ ? source_ : event.stream; }

  Taps& taps_;
  Seen seen_;
  std::string source_;
  std::shared_ptr<Foremost> readers_;
  std::unique_ptr<WholeWay> whole_way_;  // once somebody looked at what is left out
};

}  // namespace outrider::pipeline
