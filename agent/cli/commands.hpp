// One function a command. Each gives the exit code.
#pragma once

#include "agent/cli/actions.hpp"
#include "agent/cli/terminal.hpp"
#include "agent/cli/words/command_line.hpp"
#include "agent/core/task.hpp"

#include <functional>

namespace outrider::cli {

class AgentLink;

// What every command is given.
struct Setting {
  const Line& line;
  const Actions& actions;
  Terminal& terminal;
};

int run_agent(const Setting& setting);
int validate(const Setting& setting);
int check(const Setting& setting);
int schema(const Setting& setting);
int doctor(const Setting& setting);
int explain(const Setting& setting);
int selftest(const Setting& setting);
int test(const Setting& setting);
int print_completion(const Setting& setting);

int status(const Setting& setting);
int timeline(const Setting& setting);
int tap(const Setting& setting);
int restart(const Setting& setting);
int reload(const Setting& setting);
int maintenance(const Setting& setting);

int token(const Setting& setting);   // a new one for somebody
int whoami(const Setting& setting);  // to the agent
int alert(const Setting& setting);
int notify(const Setting& setting);

int audit(const Setting& setting);
int incident(const Setting& setting);
int parked(const Setting& setting);
int spool(const Setting& setting);

// Finds the agent and lets `say` speak to it; gives the code that was set.
int talk(const Setting& setting, const std::function<core::Task<void>(AgentLink&, int&)>& say);

// Posts the reason to this path of the agent, and shows what it says was done.
int command_agent(const Setting& setting, const std::string& target);

int gate(const Setting& setting);  // check WHAT
core::GateQuestion question_of(const Line& line);
int drill(const Setting& setting);
int drill_alarms(const Setting& setting);  // drill --alarms: by the running agent
int setup(const Setting& setting);
int evidence(const Setting& setting);
int verify_answer(const Setting& setting);  // check WHAT --verify
int fetch_wal(const Setting& setting);

// Who somebody at this terminal is, for the audit journal; may be empty.
std::string operator_name(const Terminal& terminal);

// `--count`, or what is usual.
core::Outcome<std::size_t> count_of(const Line& line, std::size_t usual);

// Says what went wrong on standard error (JSON: on standard output as well, as {error, hint}).
int report(const Setting& setting, const core::Error& error, int code);

}  // namespace outrider::cli
