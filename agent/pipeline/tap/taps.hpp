// Those who look at the river, and where they can. It outlives the pipelines that a reload puts in each
// other's place. Carry river only. Where nobody looks it costs a glance at an empty list, once a batch.
#pragma once

#include "agent/core/log.hpp"
#include "agent/core/random.hpp"
#include "agent/pipeline/tap/tap.hpp"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace outrider::pipeline {

class Taps {
 public:
  static constexpr std::size_t most_taps = 4;
  static constexpr core::Duration patience = std::chrono::seconds(10);  // with one that does not ask

  Taps(core::Clock& clock, core::Random& random, core::Log& log)
      : clock_(clock), random_(random), log_(log) {}

  // A pipeline says where one can look; one that takes its place says it anew.
  void forget_points() { points_.clear(); }
  void has(Stage stage, std::string of) { points_.emplace(stage, std::move(of)); }

  bool none() const { return taps_.empty(); }
  bool looked_at(Stage stage) const;
  bool have_room(Stage stage) const;  // one of those that look there
  void saw(const Sight& sight);

  // How often there was somebody new: what is remembered for those before is of no use.
  std::uint64_t audiences() const { return audiences_; }

  std::vector<core::TapPoint> points() const;
  core::Outcome<core::OpenTap> open(const std::string& who, core::TapQuestion question);
  core::Outcome<core::TapNews> next(std::uint64_t id, std::uint64_t after);
  core::Outcome<> end(std::uint64_t id);
  // Those that nobody asks for any more. Now and then.
  void expire();

 private:
  core::Outcome<std::vector<Tap::Point>> read_points(const std::vector<std::string>& words) const;
  std::vector<std::string> matching(const Tap& tap) const;

  core::Clock& clock_;
  core::Random& random_;
  core::Log& log_;
  std::set<std::pair<Stage, std::string>> points_;
  std::vector<std::unique_ptr<Tap>> taps_;
  std::uint64_t audiences_ = 0;
};

}  // namespace outrider::pipeline
