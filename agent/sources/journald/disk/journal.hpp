// The journal as this source sees it: one reading position. Everything here blocks: only the pool calls it,
// one call at a time for each position.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/sources/journald/settings.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::sources::journald {

// Where a place lies that was noted: its entry is still there, or which is the next that is; empty: none is.
struct Found {
  bool there = false;
  std::string next;
};

class Journal {
 public:
  using TakeField = std::function<void(std::string_view name, std::string_view value)>;

  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  virtual ~Journal() = default;

  // What next() gives after it: the first entry of all, of this boot, or after the cursor's.
  virtual core::Outcome<> seek_beginning() = 0;
  virtual core::Outcome<> seek_boot() = 0;
  virtual core::Outcome<Found> seek_after(const std::string& cursor) = 0;
  // The cursor of the last entry, whether it is meant or not; empty: there is none.
  virtual core::Outcome<std::string> last() = 0;

  // Goes to the next entry that is meant; false: there is none now.
  virtual core::Outcome<bool> next() = 0;

  // Of the entry at which it is.
  virtual core::Outcome<std::string> cursor() = 0;
  virtual core::Outcome<std::uint64_t> received_microseconds() = 0;  // since 1970
  // Corrupt: this one cannot be read, the next ones may be. What is given lasts for the call.
  virtual core::Outcome<> fields(const TakeField& take) = 0;

  // Becomes readable when there is news; -1: nobody tells.
  virtual int news() const = 0;
  virtual void take_in_news() = 0;
};

struct BadFile {
  std::string path;
  std::string why;
};

class Journals {
 public:
  Journals() = default;
  Journals(const Journals&) = delete;
  Journals& operator=(const Journals&) = delete;
  virtual ~Journals() = default;

  // `settings` outlives what is opened.
  virtual core::Outcome<std::unique_ptr<Journal>> open(const Settings& settings) = 0;

  // Files that belong to the journal and cannot be read. Whoever reads it is not told: they are passed over.
  virtual std::vector<BadFile> bad_files(const Settings& settings) = 0;
};

// libsystemd's, which is loaded with the first opening.
std::unique_ptr<Journals> make_systemd_journals(std::string library = "libsystemd.so.0");

}  // namespace outrider::sources::journald
