// One lane's reading of the journal, as far as it blocks: on the pool, one call at a time. The files are
// mapped into memory by libsystemd; so after some MiB they are closed and opened again where reading had come
// to.
#pragma once

#include "agent/sources/journald/disk/journal.hpp"
#include "agent/sources/journald/reading/cursor.hpp"
#include "agent/sources/journald/reading/entry_text.hpp"
#include "agent/telemetry/record.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::sources::journald {

// Entries that were there and are not any more.
struct Gap {
  std::string after, next;               // cursors
  std::optional<std::uint64_t> entries;  // nothing: their numbers do not say
};

// What one look gave.
struct Look {
  // Entries of one sequence of numbers, in order.
  struct Run {
    std::string sequence;
    telemetry::Batch batch;
    std::uint64_t from = 0;
    std::uint64_t to = 0;  // beyond the last number
  };
  std::vector<Run> runs;
  std::string cursor;  // where reading goes on; empty: where it was
  std::uint64_t entries = 0;
  std::uint64_t damaged = 0;
  std::string damage;  // of the last of them
  std::vector<Gap> gaps;
  bool more = false;
  core::WallTime last{};  // when the last entry was written
};

class Reader {
 public:
  static constexpr std::string_view at_the_beginning = "-";

  // `settings` and `journals` outlive it.
  Reader(Journals& journals, const Settings& settings, std::string installation);

  // Goes on after what was noted, and hands on nothing below `settled` of its sequence; empty: begins as is
  // configured.
  void start(std::string noted, std::uint64_t settled);

  // `to_the_end`: the place should move to the end of the journal though nothing there is meant.
  core::Outcome<Look> look(bool to_the_end);

  // How often it was opened, and whether there is news of that.
  std::uint64_t openings() const { return openings_; }
  int news() const { return journal_ ? journal_->news() : -1; }

 private:
  core::Outcome<> read_on(Look& look, bool to_the_end);
  core::Outcome<> open(Look& look);
  core::Outcome<> begin(Look& look);
  core::Outcome<> resume();
  core::Outcome<bool> step(Look& look);
  void note_gap(const Cursor& now, const std::string& text);
  bool handed_on_before(const Cursor& now) const;
  telemetry::Origin origin_of(const Cursor& now, core::WallTime time);
  static Look::Run& run_of(Look& look, const Cursor& now);

  Journals& journals_;
  const Settings& settings_;
  std::string installation_;
  EntryText text_;
  std::unique_ptr<Journal> journal_;
  telemetry::Shelter shelter_;
  std::string cursor_;           // of the last entry looked at
  std::optional<Cursor> last_;   // the same
  std::vector<Gap> gaps_;        // found and not told yet: a look that fails tells nothing
  std::optional<Cursor> noted_;  // when it was started
  std::uint64_t settled_ = 0;    // of its sequence, then
  std::string sequence_;         // for which the key was made
  std::uint64_t key_ = 0;
  std::uint64_t opened_at_bytes_ = 0;
  std::uint64_t openings_ = 0;
};

}  // namespace outrider::sources::journald
