#include "agent/recovery/ground/desk/try_isolation.hpp"

#include "agent/os/tool.hpp"

#include <utility>

namespace outrider::recovery {
namespace {

constexpr core::Duration trial_limit = std::chrono::seconds(10);
constexpr std::uint64_t most_words_bytes = 4096;

}  // namespace

core::Task<core::Outcome<Isolation>> try_isolation(os::Processes& processes, core::Clock& clock,
                                                   std::vector<std::string> trial, NetworkCut wanted) {
  if (wanted == NetworkCut::shared) co_return Isolation{false, "recovery.drill.network is shared"};
  os::Command command;
  command.argv = std::move(trial);
  command.own_network = true;
  const std::string tool = command.argv.front();
  auto ran = co_await os::run_tool(processes, clock, std::move(command), trial_limit, most_words_bytes);
  if (ran && ran->exit.succeeded()) co_return Isolation{true, {}};
  const core::Error trouble = ran ? os::tool_error("in a namespace of its own", tool, *ran) : ran.error();
  if (wanted == NetworkCut::automatic) co_return Isolation{false, trouble.what};
  const std::string or_else = "set recovery.drill.network: auto";
  co_return core::fail(core::Errc::unsupported,
                       "the restored server must be cut off from the network, and cannot be: " + trouble.what,
                       trouble.hint.empty() ? or_else : trouble.hint + "; or " + or_else);
}

}  // namespace outrider::recovery
