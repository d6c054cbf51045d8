#include "agent/actuators/systemd/unit.hpp"

#include "agent/core/number.hpp"

#include <fmt/core.h>

namespace outrider::actuators::systemd {
namespace {

std::string_view said(const Properties& properties, std::string_view key) {
  const auto found = properties.find(key);
  return found == properties.end() ? std::string_view() : std::string_view(found->second);
}

int number(const Properties& properties, std::string_view key) {
  return core::read_number<int>(said(properties, key)).value_or(0);
}

// The kernel's numbers of how a child ended: CLD_EXITED, CLD_KILLED, CLD_DUMPED.
os::Exit how_it_ended(const Properties& properties) {
  constexpr int exited = 1;
  constexpr int killed = 2;
  constexpr int dumped = 3;
  os::Exit how;
  const int code = number(properties, "ExecMainCode");
  const int status = number(properties, "ExecMainStatus");
  const std::string_view result = said(properties, "Result");
  if (code == exited) {
    how.exited = true;
    how.code = status;
  } else if (code == killed || code == dumped) {
    how.signal = status;
    how.core_dumped = code == dumped;
  } else {
    how.unknown = true;
  }
  how.out_of_memory = result == "oom-kill";
  const bool says_more = !result.empty() && result != "success" && result != "exit-code" &&
                         result != "signal" && result != "core-dump" && result != "oom-kill";
  if (says_more) how.detail = fmt::format("systemd says {}", result);
  return how;
}

}  // namespace

Seen seen_of(const Properties& properties) {
  const std::string_view active = said(properties, "ActiveState");
  const std::string_view sub = said(properties, "SubState");
  Seen seen;
  seen.comes_back = active == "activating" && sub.starts_with("auto-restart");
  const bool up = active == "active" || active == "reloading" || active == "refreshing" ||
                  active == "activating" || active == "deactivating";
  seen.runs = up && !seen.comes_back;
  seen.pid = seen.runs ? number(properties, "MainPID") : 0;
  seen.identity = said(properties, "InvocationID");
  seen.how = how_it_ended(properties);
  seen.sentence = fmt::format("is {} ({})", active, sub);
  const std::string why = why_not(properties);
  if (!seen.runs) seen.sentence += why.empty() ? ": it " + seen.how.sentence() : ": " + why;
  return seen;
}

std::string why_not(const Properties& properties) {
  const std::string_view loaded = said(properties, "LoadState");
  const std::string_view result = said(properties, "Result");
  if (loaded == "not-found") return "systemd knows no unit of that name";
  if (loaded == "masked") return "the unit is masked, so that nobody can start it";
  if (loaded == "error" || loaded == "bad-setting") return "systemd cannot read the unit's file";
  if (result == "start-limit-hit") return started_too_often;
  return {};
}

}  // namespace outrider::actuators::systemd
