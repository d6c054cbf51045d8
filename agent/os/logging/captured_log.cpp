#include "agent/os/captured_log.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::os {
namespace {

class Busy {
 public:
  explicit Busy(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
    }
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() { flag_.clear(std::memory_order_release); }

 private:
  std::atomic_flag& flag_;
};

std::string as_text(const core::Field::Value& value) {
  return std::visit([](const auto& held) { return fmt::format("{}", held); }, value);
}

}  // namespace

void CapturedLog::write(core::Level level, std::string_view room, std::string_view what,
                        std::span<const core::Field> fields) {
  Entry entry{.level = level, .room = std::string(room), .what = std::string(what), .fields = {}};
  for (const core::Field& field : fields) entry.fields.emplace(field.key, as_text(field.value));
  const Busy busy(busy_);
  entries_.push_back(std::move(entry));
}

std::vector<CapturedLog::Entry> CapturedLog::entries() const {
  const Busy busy(busy_);
  return entries_;
}

std::size_t CapturedLog::count(core::Level level) const {
  const std::vector<Entry> all = entries();
  return static_cast<std::size_t>(std::ranges::count(all, level, &Entry::level));
}

std::vector<CapturedLog::Entry> CapturedLog::saying(std::string_view part) const {
  std::vector<Entry> found = entries();
  std::erase_if(found, [&](const Entry& entry) { return entry.what.find(part) == std::string::npos; });
  return found;
}

std::string CapturedLog::text() const {
  std::string text;
  for (const Entry& entry : entries()) {
    text += fmt::format("{} {}: {}", core::name_of(entry.level), entry.room, entry.what);
    for (const auto& [key, value] : entry.fields) text += fmt::format(" {}={}", key, value);
    text += '\n';
  }
  return text;
}

void CapturedLog::clear() {
  const Busy busy(busy_);
  entries_.clear();
}

}  // namespace outrider::os
