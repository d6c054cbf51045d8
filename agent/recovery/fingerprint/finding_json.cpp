#include "agent/recovery/fingerprint/finding_json.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <boost/json/value.hpp>

namespace outrider::recovery {
namespace {

using Field = std::pair<std::string_view, std::uint64_t ContentFinding::*>;

constexpr std::array<Field, 9> fields = {{{"same", &ContentFinding::same},
                                          {"differing", &ContentFinding::differing},
                                          {"busy", &ContentFinding::busy},
                                          {"young", &ContentFinding::young},
                                          {"unread", &ContentFinding::unread},
                                          {"same_bytes", &ContentFinding::same_bytes},
                                          {"table_bytes", &ContentFinding::table_bytes},
                                          {"unreadable_tables", &ContentFinding::unreadable_tables},
                                          {"drills_for_all", &ContentFinding::drills_for_all}}};

}  // namespace

boost::json::object to_json(const ContentFinding& finding) {
  boost::json::object object;
  for (const auto& [name, member] : fields) object[name] = finding.*member;
  return object;
}

ContentFinding read_finding(const boost::json::object& object) {
  ContentFinding finding;
  for (const auto& [name, member] : fields) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_number()) continue;
    boost::system::error_code trouble;
    const auto read = value->to_number<std::uint64_t>(trouble);
    if (!trouble) finding.*member = read;
  }
  return finding;
}

}  // namespace outrider::recovery
