#include "agent/cli/words/people_commands.hpp"

#include "agent/cli/words/usual_options.hpp"

namespace outrider::cli {

std::vector<CommandEntry> about_people() {
  return {
      {"token",
       "a new token for somebody, and the lines that let it in",
       "outrider token --name pager --role responder --expires 2027-01-31 > pager.token",
       {{"name", "", "NAME", "whose it is", {}, false, false},
        {"role",
         "",
         "ROLE",
         "what they may do (default: viewer)",
         {"viewer", "auditor", "responder", "operator", "commander"},
         false,
         false},
        {"expires", "", "DAY", "from then on it is nobody's", {}, false, false}},
       "",
       {}},
      {"whoami",
       "as whom the agent knows you, and what you may do",
       "outrider whoami --agent https://10.0.0.4:9465 --token-file pager.token",
       {agent_option},
       "",
       {}},
      {"audit",
       "verify the audit journal's chain, or show its entries",
       "outrider audit verify",
       {count_option,
        state_option,
        {"against",
         "",
         "FILE",
         "verify: what had left the machine, a JSON object a line with seq and hash",
         {},
         false,
         true}},
       "WHAT",
       {"verify", "show"}},
  };
}

}  // namespace outrider::cli
