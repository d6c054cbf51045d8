// The stages of a drill, and what is said at its end. Pure.
#pragma once

#include "agent/os/tool.hpp"
#include "agent/recovery/drill/choose.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace outrider::recovery {

enum class Stage { find, fetch, start, replay, look, promote, examine, over };

struct StageRule {
  Stage stage;
  std::string_view phase;  // under which its time is told
  Stage next;              // when it went well; otherwise the drill goes to its teardown
  std::string_view why;    // what it is for
};

const StageRule& rule_of(Stage stage);
// The table as a Mermaid diagram, for the documentation.
std::string stage_diagram();

// What a restore that failed says: of the repository's content, or of the circumstances.
tl::unexpected<Stop> judge_restore(const std::string& what, const os::ToolResult& result);

// Finding, level and sentence, from what is in the record and what stopped the drill.
void settle(DrillRecord& record, const std::optional<Stop>& stop);

}  // namespace outrider::recovery
