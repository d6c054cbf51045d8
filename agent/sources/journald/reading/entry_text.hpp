// What an entry of the journal says, as a record: the fields that the Elastic Common Schema has a name for
// under that name, the others under "journald." where they are wanted.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/sources/journald/disk/journal.hpp"
#include "agent/telemetry/record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::sources::journald {

class EntryText {
 public:
  static constexpr std::size_t longest_message = 1 << 20;
  static constexpr std::size_t longest_value = 32 * 1024;
  static constexpr std::size_t most_fields_bytes = 256 * 1024;

  EntryText(Clock clock, bool all_fields) : clock_(clock), all_fields_(all_fields) {}

  // Reads the entry at which `journal` is into `record` (but for its origin), and gives what its text is,
  // until the next call.
  core::Outcome<std::string_view> read(Journal& journal, telemetry::Record& record);

  // Bytes of all fields that were looked at.
  std::uint64_t bytes_seen() const { return bytes_seen_; }

 private:
  struct Other {
    std::string name;
    std::vector<std::string> values;
  };

  void take(std::string_view name, std::string_view value);
  void take_message(std::string_view value);
  void keep_other(std::string_view name, std::string_view value);
  std::string_view said(std::size_t which) const { return known_[which]; }
  std::string clean(std::string_view value, std::size_t most);
  void write_fields(telemetry::Record& record);
  void write_syslog(telemetry::Record& record);
  void add(std::string_view key, std::string_view value);
  void add_number(std::string_view key, std::string_view digits);

  Clock clock_;
  bool all_fields_;
  std::vector<std::string> known_;
  std::vector<Other> others_;
  std::string message_, fields_, text_;
  std::size_t kept_bytes_ = 0;
  bool has_message_ = false;
  bool repaired_ = false;
  bool cut_ = false;
  std::uint64_t bytes_seen_ = 0;
};

}  // namespace outrider::sources::journald
