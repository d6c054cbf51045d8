#include "agent/recovery/point/book.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Errc;

constexpr std::size_t most_name_bytes = 63;  // PostgreSQL's own bound
constexpr std::uint64_t most_place_bytes = 64;

}  // namespace

std::optional<std::string> trouble_with_point_name(std::string_view name) {
  if (name.empty()) return "a restore point needs a name";
  if (name.size() > most_name_bytes)
    return fmt::format("the name of a restore point has at most {} bytes", most_name_bytes);
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == ':';
  });
  if (!plain || name.front() == '.' || name.front() == '-')
    return "the name of a restore point is made of letters, digits and . _ - : and begins with none of . and "
           "-";
  return std::nullopt;
}

std::string PointBook::folder_of(std::uint64_t system_id) const {
  return fmt::format("{}/{}", folder_, system_id);
}

core::Outcome<> PointBook::take(std::uint64_t system_id, const std::string& name) {
  if (auto trouble = trouble_with_point_name(name)) return core::fail(Errc::invalid, std::move(*trouble));
  const std::string folder = folder_of(system_id);
  if (auto made = files_.make_directories(folder); !made) return made;
  auto taken = files_.create(folder + "/" + name, "");
  if (taken || taken.error().code != Errc::busy) return taken;
  return core::fail(
      Errc::busy, fmt::format("there is a restore point {} already, and a recovery stops at the first", name),
      "take another name, such as one with the time in it");
}

void PointBook::give_back(std::uint64_t system_id, const std::string& name) {
  (void)files_.remove(folder_of(system_id) + "/" + name);
}

core::Outcome<> PointBook::write(std::uint64_t system_id, const RestorePoint& point) {
  return files_.replace(folder_of(system_id) + "/" + point.name, point.lsn.text() + "\n");
}

std::optional<RestorePoint> PointBook::find(std::uint64_t system_id, const std::string& name) {
  if (trouble_with_point_name(name)) return std::nullopt;
  auto text = files_.read_all(folder_of(system_id) + "/" + name, most_place_bytes);
  if (!text) return std::nullopt;
  while (!text->empty() && text->back() == '\n') text->pop_back();
  const auto lsn = wal::parse_lsn(*text);
  return lsn ? std::optional(RestorePoint{name, *lsn}) : std::nullopt;
}

}  // namespace outrider::recovery
