#include "agent/cli/words/log_commands.hpp"

#include "agent/cli/words/usual_options.hpp"

namespace outrider::cli {
namespace {

std::vector<Option> tap_options() {
  return {agent_option,
          {"match", "m", "TEXT", "only documents with this text in them", {}, false, false},
          {"where",
           "w",
           "FIELD=VALUE",
           "only documents whose field says this: log.level=error",
           {},
           false,
           false},
          {"limit", "n", "N", "end after so many records (default: Ctrl-C ends it)", {}, false, false},
          {"seconds", "s", "N", "end after so many seconds", {}, false, false},
          {"steps", "", "", "tell for each record what was done to it, too", {}, false, false},
          {"format", "f", "FORMAT", "the same as --output", {"text", "json"}, false, false}};
}

}  // namespace

std::vector<CommandEntry> about_logs() {
  return {
      {"tap",
       "the logs as they go by in the running agent, at these points; without a point: where one can look",
       "outrider tap && outrider tap source left_out && outrider tap parked:elasticsearch --where "
       "log.level=error",
       tap_options(),
       "",
       {"source", "left_out", "offered", "answered", "parked", "dropped"},
       false,
       "",
       "POINT"},
      {"test",
       "run your own tests of the section logs: lines in, expected documents out; 0 all pass, 1 some fail, 2 "
       "a "
       "bad file",
       "outrider test logs-tests.yaml && outrider test --format junit tests/*.yaml > report.xml",
       {{"format",
         "f",
         "FORMAT",
         "junit for CI; else the same as --output",
         {"text", "json", "junit"},
         false,
         false}},
       "",
       {},
       false,
       "",
       "FILE"},
      {"parked",
       "records that a destination refuses for good: list them, show one, offer them again, or drop them",
       "outrider parked list && outrider parked replay --sink NAME --reason 'mapping mended'",
       {agent_option,
        count_option,
        state_option,
        {"sink", "", "NAME", "only those of this destination", {}, false, false},
        {"all", "", "", "of replay and drop: those of all destinations", {}, false, false},
        {"reason", "r", "TEXT", "of replay and drop: why; it goes into the audit journal", {}, false, false}},
       "WHAT",
       {"list", "show", "replay", "drop"},
       false,
       "ID"},
      {"spool",
       "what waits on the disk for each destination; or whether the disk can be trusted, and what to save",
       "outrider spool inspect && outrider spool fsck",
       {state_option,
        {"repair", "", "", "of fsck: save what can be read; the agent must be stopped", {}, false, false}},
       "WHAT",
       {"inspect", "fsck"}},
  };
}

}  // namespace outrider::cli
