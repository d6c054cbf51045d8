// What is proven to somebody who is not on this machine: bundles of evidence, and signed answers of the gate.
#include "agent/cli/agent_link.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"

#include <ostream>

namespace outrider::cli {
namespace {

// `wrong`: the code when it was asked for in the wrong way. Whoever verifies learns nothing then: 3.
int tell(const Setting& setting, const core::Outcome<Told>& told, int wrong) {
  if (!told)
    return report(setting, told.error(), told.error().code == core::Errc::invalid ? wrong : exit_unknown);
  setting.terminal.out() << (setting.line.json() ? told->json + "\n" : told->text) << std::flush;
  return told->code;
}

}  // namespace

int verify_answer(const Setting& setting) {
  AnswerCheck check;
  check.token = setting.line.value("verify").value_or("");
  check.key = setting.line.value("key").value_or("");
  check.question = question_of(setting.line);
  if (check.question.check.empty()) check.question.check = "all";
  if (check.key.empty()) {
    const core::Error error(
        core::Errc::invalid, "cannot verify without the agent's public key",
        "name its file with --key; `outrider evidence key` prints it on the agent's machine");
    return report(setting, error, exit_usage);
  }
  const auto told = setting.actions.verify_answer(check);
  // The one line that a monitor reads is there, whatever happens.
  if (!told && !setting.line.json())
    setting.terminal.out() << "RECOVERY UNKNOWN - the signed answer cannot be verified: "
                           << printable(told.error().what) << "\n"
                           << std::flush;
  return tell(setting, told, exit_unknown);
}

int evidence(const Setting& setting) {
  const Line& line = setting.line;
  const std::string& what = line.argument;
  if ((what == "verify") != !line.file.empty()) {
    const core::Error error(
        core::Errc::invalid,
        what == "verify" ? "cannot verify: no bundle is named" : "cannot take a file here",
        "outrider evidence verify bundle.json");
    return report(setting, error, exit_usage);
  }
  if (what == "verify") {
    const EvidenceCheck check{line.file, line.value("key").value_or(""), line.value("state").value_or("")};
    return tell(setting, setting.actions.verify_evidence(check), exit_unknown);
  }
  const std::string config_path = config_path_of(line, setting.terminal);
  if (what == "key")
    return tell(setting, setting.actions.show_key(config_path, line.value("state").value_or("")),
                exit_bad_config);
  const EvidenceOptions options{config_path, line.value("since").value_or(""),
                                line.value("until").value_or(""), line.value("drill").value_or(""),
                                line.value("to").value_or("")};
  return tell(setting, setting.actions.make_evidence(options), exit_bad_config);
}

}  // namespace outrider::cli
