#include "agent/app/start/notify_action.hpp"

#include "agent/alert/alerts.hpp"
#include "agent/app/settings.hpp"
#include "agent/app/start/real_world.hpp"
#include "agent/async/pool.hpp"
#include "agent/async/river.hpp"
#include "agent/net/client.hpp"
#include "agent/net/streams/stream_client.hpp"
#include "agent/os/clock.hpp"

#include <utility>

namespace outrider::app {
namespace {

using core::Outcome;

core::Task<void> tell_each(const Settings& settings, core::Clock& clock, async::Pool& pool, std::string name,
                           std::string who, Outcome<std::string>& told) {
  const auto client = net::make_client(clock, pool);
  const auto streams = net::make_stream_client(clock, pool);
  const notifiers::Tools tools{clock, *client, *streams};
  alert::Sender sender{settings.service, settings.notify->links};
  told = co_await alert::test_each(settings.notify->notifiers, tools, std::move(sender), std::move(name),
                                   std::move(who));
}

Outcome<std::string> test(const std::string& path, const std::string& name, const std::string& who) {
  const auto loaded = load_settings(path);
  if (!loaded) return core::fail(core::Errc::invalid, loaded.report.text());
  const Settings& settings = *loaded.value;
  if (!settings.notify) {
    return core::fail(core::Errc::invalid, path + " names nobody who is told of anything",
                      "give it a section `notify`");
  }
  const auto clock = os::make_clock();
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(1);
  Outcome<std::string> told;
  async::run_here([&](async::Executor) { return tell_each(settings, *clock, *pool, name, who, told); },
                  [&] { pool.reset(); });
  return told;
}

}  // namespace

void add_notify_action(cli::Actions& actions) { actions.test_notifiers = test; }

}  // namespace outrider::app
