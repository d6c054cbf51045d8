// A log for tests: keeps what was written.
#pragma once

#include "agent/core/log.hpp"

#include <atomic>
#include <map>
#include <string>
#include <vector>

namespace outrider::os {

class CapturedLog final : public core::Log {
 public:
  struct Entry {
    core::Level level{};
    std::string room;
    std::string what;
    std::map<std::string, std::string> fields;  // as text
  };

  void write(core::Level level, std::string_view room, std::string_view what,
             std::span<const core::Field> fields) override;

  std::vector<Entry> entries() const;
  std::size_t count(core::Level level) const;
  // Entries whose sentence contains `part`.
  std::vector<Entry> saying(std::string_view part) const;
  std::string text() const;  // one line an entry, for failure messages
  void clear();

 private:
  mutable std::atomic_flag busy_ = ATOMIC_FLAG_INIT;  // held for a push only
  std::vector<Entry> entries_;
};

}  // namespace outrider::os
