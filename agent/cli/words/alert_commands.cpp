#include "agent/cli/words/alert_commands.hpp"

#include "agent/cli/words/usual_options.hpp"

namespace outrider::cli {

std::vector<CommandEntry> about_alerts() {
  return {
      {"alert",
       "what people are told of: list it, say that you look at it, or keep it quiet for a while",
       "outrider alert list && outrider alert ack ServiceDown/tests-api --reason 'I look at it'",
       {agent_option,
        {"reason",
         "r",
         "TEXT",
         "of ack, silence and unsilence: why; people and the audit journal are told",
         {},
         false,
         false},
        {"for", "", "DURATION", "of silence: how long, 2h", {}, false, false}},
       "WHAT",
       {"list", "ack", "silence", "unsilence"},
       false,
       "KEY"},
      {"notify",
       "send a test message through each notifier, or the one of this name, and say what came of it: 0 all "
       "arrived, 2 some did not",
       "outrider notify --test && outrider notify --test slack --here -c outrider.yaml",
       {agent_option,
        {"test", "", "", "send it", {}, false, false},
        {"here",
         "",
         "",
         "from here and with the configuration's file, without a running agent",
         {},
         false,
         false}},
       "",
       {},
       false,
       "",
       "NAME"},
  };
}

}  // namespace outrider::cli
