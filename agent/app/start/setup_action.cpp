#include "agent/app/start/setup_action.hpp"

#include "agent/app/settings.hpp"
#include "agent/app/start/real_world.hpp"
#include "agent/async/pool.hpp"
#include "agent/async/river.hpp"
#include "agent/net/client.hpp"
#include "agent/os/clock.hpp"

#include <utility>

namespace outrider::app {
namespace {

using core::Outcome;

core::Task<void> apply_all(const std::vector<sinks::Preparation>& all, net::Client& client,
                           Outcome<std::string>& told) {
  std::string text;
  for (const sinks::Preparation& preparation : all) {
    const auto done = co_await preparation.apply(client);
    if (!done) {
      told = core::fail(preparation.where, done.error());
      co_return;
    }
    for (const std::string& sentence : *done) text += preparation.where + ": " + sentence + "\n";
  }
  told = std::move(text);
}

Outcome<std::string> set_up(const std::string& path, bool failure_store, bool apply) {
  const auto loaded = load_settings(path);
  if (!loaded) return core::fail(core::Errc::invalid, loaded.report.text());
  std::vector<sinks::Preparation> all;
  for (const sinks::Plan& plan : loaded.value->logs.send_to) {
    if (plan.prepare) all.push_back(plan.prepare({failure_store}));
  }
  if (all.empty()) {
    return core::fail(core::Errc::invalid, path + " names no Elasticsearch", "put one into logs.send_to");
  }
  if (!apply) {
    std::string text;
    for (const sinks::Preparation& preparation : all)
      text += "# " + preparation.where + "\n" + preparation.text;
    return text;
  }
  const auto clock = os::make_clock();
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(1);
  Outcome<std::string> told;
  async::run_here(
      [&](async::Executor) -> core::Task<void> {
        const auto client = net::make_client(*clock, *pool);
        co_await apply_all(all, *client, told);
      },
      [&] { pool.reset(); });
  return told;
}

}  // namespace

void add_setup_action(cli::Actions& actions) { actions.setup_elasticsearch = set_up; }

}  // namespace outrider::app
