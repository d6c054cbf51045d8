// What may have been sent already, by this process or the one before, is looked for before it is sent once
// more: but only where the data stream has rolled over since, for within one index its id does that.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/sinks/elasticsearch/cluster/meters.hpp"
#include "agent/sinks/elasticsearch/cluster/sender.hpp"
#include "agent/sinks/elasticsearch/delivery/standing.hpp"
#include "agent/sinks/elasticsearch/doubt/generations.hpp"
#include "agent/sinks/elasticsearch/doubt/rereading.hpp"
#include "agent/sinks/elasticsearch/settings.hpp"
#include "agent/sinks/shelf.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace outrider::sinks::elasticsearch {

class Doubt {
 public:
  Doubt(const Tools& tools, const Settings& settings, Sender& sender, Meters& meters);

  // Settles what is found. An error: it cannot be asked for now, and nothing that is in doubt may be sent.
  core::Task<core::Outcome<>> resolve(Standings& standings);

  // After what was in doubt has been sent: did the stream roll over just then? What is there twice by that is
  // taken out again where it came last.
  core::Task<void> look_back(Standings& standings);

  void was_new(const telemetry::Record& record) { rereading_.was_new(record); }
  void was_there(const telemetry::Record& record) { rereading_.was_there(record); }

 private:
  struct Suspect {
    std::uint32_t standing = 0;
    std::uint32_t record = 0;
    core::WallTime since{};  // when it may have been sent first
    core::Duration margin{};
  };
  using Suspects = std::vector<Suspect>;
  enum class Known { yes, no_stream, not_allowed };

  Suspects suspects(Standings& standings);
  core::Task<core::Outcome<Known>> learn_generations();
  core::Task<core::Outcome<>> look_in(const std::string& index, Standings& standings, Suspects& suspects);
  core::Task<core::Outcome<std::vector<bool>>> ask_for(const std::string& index, std::string body,
                                                       std::size_t count);
  core::Task<void> take_out(const std::string& index, std::string body, std::uint64_t count);
  core::Error unknown(const Asked& asked) const;
  static std::string ids_body(const Standings& standings, std::span<const Suspect> suspects);
  static std::string id_of(const Standings& standings, const Suspect& suspect);

  const Tools& tools_;
  const Settings& settings_;
  Sender& sender_;
  Meters& meters_;
  Rereading rereading_;
  std::vector<Generation> generations_;
  Suspects sent_;  // what was looked for, not found, and is being sent
  bool told_ = false;
};

}  // namespace outrider::sinks::elasticsearch
