#include "agent/catalogs/asking.hpp"

#include "agent/os/tool.hpp"

namespace outrider::catalogs {

core::Task<core::Outcome<std::string>> ask(const Tools& tools, Question question, core::Duration limit) {
  os::Command command;
  command.argv = question.argv;
  command.environment = question.environment;
  core::Outcome<os::ToolResult> result = co_await os::run_tool(
      tools.processes, tools.clock, std::move(command), limit, question.most_output_bytes);
  if (!result) {
    core::Error error = result.error().during(question.doing);
    if (error.code == core::Errc::not_found && error.hint.empty()) {
      error.hint = "install " + question.argv.front() + ", or set `command` to where it lies";
    }
    co_return core::fail(std::move(error));
  }
  if (result->exit.succeeded()) co_return std::move(result->output);
  core::Error error = os::tool_error(question.doing, question.argv.front(), *result, question.hint);
  if (question.absent_code != 0 && result->exit.exited && result->exit.code == question.absent_code) {
    error.code = core::Errc::not_found;
  }
  co_return core::fail(std::move(error));
}

}  // namespace outrider::catalogs
