// The evidence of recovery for somebody who was not there: an auditor. What was promised, what was due, each
// drill with what it found, measured against the promise; and what was missed, failed or could not be
// verified, which is never left out. Facts go in, everything else is worked out of them, so that whoever
// checks a bundle works it out anew. Pure.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/severity.hpp"
#include "agent/core/verdict.hpp"
#include "agent/recovery/drill/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

// A line of drills.jsonl that cannot be read: told, not guessed at.
struct UnreadableLine {
  std::uint64_t number = 0;  // from 1
  std::uint64_t bytes = 0;
  std::string sha256;
};

// What the audit journal has of it.
struct JournalMark {
  std::uint64_t sequence = 0;
  core::WallTime time{};
  std::string hash;
};
struct JournalPart {
  core::Standing intact = core::Standing::unknown;  // of the whole journal, when the bundle was made
  std::string sentence;
  std::uint64_t entries = 0;               // of the period
  std::optional<JournalMark> first, head;  // the first and the last of them
  std::vector<std::string> lines;          // those about recovery, as they stand
};

struct BundleFacts {
  std::string cluster, instance;
  std::string maker;     // "outrider 0.1.0"
  std::string key_name;  // of the key that will sign
  core::WallTime made{}, since{}, until{};
  std::string drill;  // when it is of this drill alone
  core::Duration rpo{}, rto{}, fresh_for{};
  std::optional<core::Duration> daily_at;     // after midnight, UTC; none: not by the clock
  std::string after_backup;                   // of which kind of backup each is drilled soon; empty: of none
  std::optional<core::WallTime> known_since;  // before it nothing was written; none: nothing ever was
  std::vector<std::string> lines;             // of drills.jsonl, as they stand, oldest first
  std::vector<UnreadableLine> unreadable;
  JournalPart journal;
};

enum class DueState { held, missed, not_known };
std::string_view name_of(DueState state);
struct Due {
  core::WallTime at{};
  DueState state = DueState::not_known;
  std::string drill;  // that was held
};

struct BundleDrill {
  std::string line;
  std::string sha256;  // of the line
  std::string link;    // of the manifest: SHA-256 of the link before it, a blank, and the line's SHA-256
  DrillRecord record;
  core::Standing rpo = core::Standing::unknown, rto = core::Standing::unknown;  // against the objective
  std::optional<std::uint64_t> entry;  // of the journal, that holds this line's SHA-256
};

// What was not as promised.
struct Lapse {
  core::WallTime time{};
  core::Severity severity = core::Severity::critical;  // unknown: it could not be told
  std::string sentence;
  std::string closed_by;  // the first drill after it that proved all; empty: it is open
};

struct BundleSummary {
  std::uint64_t proven = 0, disproved = 0, could_not_verify = 0;
  std::uint64_t held = 0, missed = 0, not_known = 0;
  std::optional<core::Duration> worst_rpo, worst_rto;   // of the proven ones
  std::optional<core::Duration> longest_without_proof;  // of a period
  core::Severity severity = core::Severity::unknown;
  std::string sentence;
};

struct Bundle {
  BundleFacts facts;
  std::vector<Due> schedule;
  std::vector<BundleDrill> drills;
  std::vector<Lapse> lapses;  // oldest first
  BundleSummary summary;
  std::string head;  // the manifest's last link
};

inline constexpr std::size_t most_bundle_drills = 1000;
inline constexpr core::Duration longest_period = std::chrono::hours(24 * 3660);
inline constexpr core::Duration held_within = std::chrono::hours(1);  // of the time it was due
inline constexpr std::string_view first_link =
    "0000000000000000000000000000000000000000000000000000000000000000";

// Chooses from the text of drills.jsonl what belongs into the bundle: the drills of the period, or the one
// drill. `not_found` when there is no such drill, `exhausted` when there are too many.
core::Outcome<> take_drills(std::string_view history, BundleFacts& facts);

// An error when a line of it is no drill's record.
core::Outcome<Bundle> make_bundle(BundleFacts facts);

}  // namespace outrider::recovery
