// What one look at the proof standby says. Pure: no clock, no I/O; the actor in standby.cpp does what follows
// from it. A fault is only what the archive cannot excuse; everything else is unknown.
#pragma once

#include "agent/recovery/chain/chain.hpp"
#include "agent/recovery/ground/ground.hpp"
#include "agent/recovery/standby/state.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace outrider::recovery {

struct StandbyLook {
  bool drilling = false;             // the agent itself drills now
  std::optional<std::string> ended;  // the last words of a server that ended; nothing: it runs
  std::string silence;               // why it did not answer; empty: it did
  std::optional<wal::Lsn> replayed;
  bool paused = false;
  Fetches fetches;
  const ChainReport* chain = nullptr;  // of the last listing; null: it could not be read yet
};

// What was seen before, since this server was started.
struct StandbyPast {
  StandbyState state = StandbyState::starting;
  bool answered = false;
  bool paused_by_us = false;
  unsigned silent = 0;  // looks without an answer, in a row
  std::optional<wal::Lsn> replayed;
};

// What is to be done about it, when the time for it has come.
enum class Mend {
  nothing,
  restart,       // the server, on the same data
  restore,       // anew, from the newest set
  give_up_room,  // its data are in the way of everybody else on this disk
};

struct StandbyVerdict {
  StandbyState state = StandbyState::blind;
  Mend mend = Mend::nothing;
  std::string why;           // a sentence without its full stop
  std::string segment;       // at which it stands, when it is broken
  bool proves = false;       // it advanced, or has all there is
  std::uint64_t behind = 0;  // segments listed that it has not got
};

StandbyVerdict judge_standby(const StandbyLook& look, const StandbyPast& past);

// What a restore from the newest set would cost, against going on. Rates in bytes a second.
struct Distance {
  std::uint64_t behind_bytes = 0;  // from where it is to the end of the archive
  std::uint64_t set_bytes = 0;     // what a restore would write
  std::uint64_t behind_set = 0;    // from the newest set's start to the end of the archive
  double replay_rate = 0, restore_rate = 0;
};
bool worth_restoring_anew(const Distance& distance);

}  // namespace outrider::recovery
