#include "agent/core/text.hpp"
#include "agent/recovery/gate/gate.hpp"

namespace outrider::recovery {
namespace {

constexpr std::size_t most_word_bytes = 256;
constexpr std::size_t most_requirement_bytes = 1024;

// What goes into a signed answer as it is must fit into one.
core::Outcome<> judge_sizes(const core::GateQuestion& question) {
  for (const std::string* word : {&question.nonce, &question.audience, &question.expect_wal}) {
    if (word->size() <= most_word_bytes && core::clean_utf8(*word) == *word) continue;
    return core::fail(core::Errc::invalid, "cannot take a nonce, audience or size like that",
                      "each is text of at most 256 bytes");
  }
  if (question.require.size() > most_requirement_bytes)
    return core::fail(core::Errc::invalid, "cannot take a requirement of more than 1024 bytes");
  return {};
}

}  // namespace

core::Outcome<GateView> read_gate_question(const core::GateQuestion& question) {
  GateView view;
  const auto check = parse_check(question.check);
  if (!check) {
    return core::fail(core::Errc::invalid, "there is no check \"" + core::clean_utf8(question.check) + "\"",
                      "the checks are " + std::string(checks_known));
  }
  view.check = *check;
  if (auto fine = judge_sizes(question); !fine) return core::fail(fine.error());
  if (!question.require.empty()) {
    auto requirement = parse_requirement(question.require);
    if (!requirement) return core::fail(requirement.error());
    view.requirement = *requirement;
  }
  if (!question.expect_wal.empty()) {
    view.expect_wal = core::read_bytes(question.expect_wal);
    if (!view.expect_wal) {
      return core::fail(core::Errc::invalid, "cannot read how much WAL is expected", "write it like 40GB");
    }
  }
  const bool waived =
      !question.override_by.empty() || !question.override_reason.empty() || !question.override_until.empty();
  if (waived)
    view.waiver =
        Override{question.override_by, question.override_reason, core::read_time(question.override_until)};
  return view;
}

}  // namespace outrider::recovery
