// Options that several commands take.
#pragma once

#include "agent/cli/words/command_table.hpp"

namespace outrider::cli {

inline const Option agent_option{
    "agent",
    "a",
    "ADDRESS",
    "the agent to speak to: unix:/path or http://host:port (default: the configuration's "
    "api.socket)",
    {},
    false,
    false};
inline const Option reason_option{"reason", "r",  "TEXT", "why; it goes into the audit journal",
                                  {},       true, false};
inline const Option count_option{"count", "n", "N", "how many, the newest ones", {}, false, false};

inline const Option state_option{
    "state", "", "DIRECTORY", "the state directory (default: the configuration's state)", {}, false, true};

}  // namespace outrider::cli
