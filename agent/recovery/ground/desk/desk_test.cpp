// The desk over a real socket, with tools that answer in every way.
#include "agent/recovery/ground/desk/desk.hpp"

#include "agent/async/race.hpp"
#include "agent/async/river.hpp"
#include "agent/async/slot.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/scratch.hpp"

#include <filesystem>
#include <fstream>
#include <functional>

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using core::Task;

constexpr const char* five = "000000010000000000000005";

struct Office {
  std::unique_ptr<core::Clock> clock = os::make_clock();
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(1);
  std::unique_ptr<os::Processes> processes = os::make_processes();
  os::CapturedLog log;
  os::Scratch scratch;
  FetchOrder order;

  explicit Office(const std::string& script) {
    order.plan.argv = {"/bin/sh", "-c", script, "%f", "%p"};
    order.plan.absent_codes = {1};
    order.desk = scratch / "fetch.sock";
    order.last = {{"00000001", five}};
    order.log = scratch / "fetch.log";
    order.limit = 10s;
    std::filesystem::create_directories(scratch / "data/pg_wal");
  }

  // `work` while the desk is open.
  void open_for(const std::function<Task<void>()>& work) {
    async::run_here([&](const async::Executor& river) -> Task<void> {
      const DeskTools tools{*clock, river, *pool, *processes, log};
      auto opened = open_desk(tools, DeskOrder{order, scratch / "data"});
      EXPECT_TRUE(opened) << opened.error().what;
      if (!opened) co_return;
      async::Slot serving(river, [](std::exception_ptr) {});
      serving.start((*opened)->run());
      co_await work();
      co_await serving.stop();
    });
  }

  Task<void> ask(Fetched& fetched, std::string name, std::string path) {
    fetched = co_await ask_desk(*clock, *pool, order, std::move(name), std::move(path));
  }

  Fetched asked(const std::string& name = five, const std::string& path = "pg_wal/RECOVERYXLOG") {
    Fetched fetched;
    open_for([&] { return ask(fetched, name, path); });
    return fetched;
  }
};

}  // namespace

TEST(FetchDesk, FetchesForWhoCannot) {
  Office office("echo $0 > $1");
  EXPECT_EQ(office.asked().code, fetch_found);
  std::ifstream brought(office.scratch / "data/pg_wal/RECOVERYXLOG");
  std::string line;
  std::getline(brought, line);
  EXPECT_EQ(line, five);
}

TEST(FetchDesk, KeepsAbsentAndTroubleApart) {
  EXPECT_EQ(Office("exit 1").asked().code, fetch_absent);
  const Fetched trouble = Office("echo the network is down >&2; exit 2").asked();
  EXPECT_EQ(trouble.code, fetch_trouble);
  EXPECT_NE(trouble.why.find("the network is down"), std::string::npos) << trouble.why;
}

TEST(FetchDesk, BringsNothingButWalAndThatNowhereElse) {
  Office office("touch $1");
  for (const auto& [name, path] :
       std::vector<std::pair<std::string, std::string>>{{"passwd", "pg_wal/RECOVERYXLOG"},
                                                        {"../" + std::string(five), "pg_wal/RECOVERYXLOG"},
                                                        {five, "pg_wal/../postgresql.auto.conf"},
                                                        {five, "pg_wal/"},
                                                        {five, "base/1/1259"},
                                                        {five, office.scratch / "elsewhere"},
                                                        {"", ""}}) {
    EXPECT_EQ(office.asked(name, path).code, fetch_trouble) << name << " " << path;
  }
  EXPECT_FALSE(std::filesystem::exists(office.scratch / "elsewhere"));
  EXPECT_FALSE(std::filesystem::exists(office.scratch / "data/postgresql.auto.conf"));
  EXPECT_EQ(office.asked("00000002.history", "pg_wal/RECOVERYHISTORY").code, fetch_found);
}

TEST(FetchDesk, ADrillThatIsDeadSaysNothingOfTheArchive) {
  Office office("exit 1");
  Fetched fetched{fetch_absent, ""};
  async::run_here([&](const async::Executor&) { return office.ask(fetched, five, "pg_wal/RECOVERYXLOG"); });
  EXPECT_EQ(fetched.code, fetch_trouble);
  EXPECT_NE(fetched.why.find("does not answer"), std::string::npos) << fetched.why;
}

TEST(FetchDesk, ADrillThatEndsWhileItFetchesSaysNothingEither) {
  Office office("sleep 600");
  Fetched fetched{fetch_absent, ""};
  async::run_here([&](const async::Executor& river) -> Task<void> {
    const DeskTools tools{*office.clock, river, *office.pool, *office.processes, office.log};
    auto opened = open_desk(tools, DeskOrder{office.order, office.scratch / "data"});
    EXPECT_TRUE(opened) << opened.error().what;
    if (!opened) co_return;
    async::Slot serving(river, [](std::exception_ptr) {});
    serving.start((*opened)->run());
    async::Nursery asking(river);
    asking.start(office.ask(fetched, five, "pg_wal/RECOVERYXLOG"));
    for (int i = 0; i < 500 && (*opened)->connections() == 0; ++i) co_await office.clock->sleep(10ms);
    co_await serving.stop();
    co_await asking.join();
  });
  EXPECT_EQ(fetched.code, fetch_trouble);
}

// As the wrapper does it: the cut is kept, and each answer is noted.
TEST(FetchDesk, TheWrapperAsksThereAndNotesWhatItHears) {
  Office office("exit 1");
  std::vector<int> codes;
  office.open_for([&]() -> Task<void> {
    for (const char* name : {five, "000000010000000000000006"}) {
      Fetched fetched = co_await answer_fetch(*office.processes, *office.clock, *office.pool, office.order,
                                              name, "pg_wal/RECOVERYXLOG");
      codes.push_back(fetched.code);
    }
  });
  EXPECT_EQ(codes, (std::vector<int>{fetch_absent, fetch_absent}));
  std::ifstream log(office.order.log);
  std::string first, second;
  std::getline(log, first);
  std::getline(log, second);
  EXPECT_EQ(first, std::string(five) + " 1");
  EXPECT_EQ(second, "000000010000000000000006 1");
}

}  // namespace outrider::recovery
