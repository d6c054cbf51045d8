// For tests: a simulated machine on which backup tools say what one tells them to.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/catalogs/shelf.hpp"
#include "agent/os/files.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_processes.hpp"

#include <functional>
#include <optional>

#include <boost/asio/io_context.hpp>

namespace outrider::catalogs {

struct ToolAnswer {
  int code = 0;
  std::string output;
  std::string errors;
};

struct ToolWorld {
  using Program = std::function<ToolAnswer(const std::vector<std::string>& argv)>;

  void program(const std::string& path, Program answer) {
    processes.program(path, [this, answer](const os::Command& command, core::Random&, unsigned) {
      last_argv = command.argv;
      const ToolAnswer said = answer(command.argv);
      os::SimPlan plan;
      plan.lives = std::chrono::milliseconds(20);
      plan.ends = os::SimPlan::exited(said.code);
      plan.lines = {{std::chrono::milliseconds(1), said.output, false},
                    {std::chrono::milliseconds(1), said.errors, true}};
      return plan;
    });
  }

  // What lies under agent/catalogs/.
  std::string fixture(const std::string& path) {
    return files->read_all("agent/catalogs/" + path, 1 << 20).value_or("no such fixture");
  }

  template <class T>
  core::Outcome<T> wait(core::Task<core::Outcome<T>> work) {
    std::optional<core::Outcome<T>> result;
    async::Nursery nursery(loop.get_executor());
    nursery.start(note(std::move(work), result));
    for (int step = 0; step < 1000 && !result; ++step) clock.advance(std::chrono::milliseconds(100));
    nursery.cancel();
    clock.settle();
    if (result) return std::move(*result);
    return core::fail(core::Errc::internal, "it did not come back");
  }

  template <class T>
  static core::Task<void> note(core::Task<core::Outcome<T>> work, std::optional<core::Outcome<T>>& result) {
    result.emplace(co_await std::move(work));
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  std::unique_ptr<os::Files> files = os::make_files();
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  Tools tools{clock, *pool, *files, processes};
  std::vector<std::string> last_argv;
};

}  // namespace outrider::catalogs
