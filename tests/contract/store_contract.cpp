#include "agent/async/pool.hpp"
#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/stores/shelf.hpp"
#include "tests/contract/store_worlds.hpp"

#include <algorithm>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::contract;
using namespace std::chrono_literals;
using stores::Maker;
using Listed = core::Outcome<std::vector<core::StoredObject>>;
using Content = core::Outcome<std::string>;

namespace {

const stores::Shelf& shelf() {
  static const stores::Shelf filled = [] {
    stores::Shelf made;
    stores::fill(made);
    return made;
  }();
  return filled;
}

config::Kind<Whole<Maker>> store_kind() { return whole<Maker>(shelf(), "store"); }

core::Task<void> list_into(core::ObjectStore& store, std::string prefix, core::Duration limit,
                           std::optional<Listed>& listed) {
  listed.emplace(co_await store.list(prefix, limit));
}

core::Task<void> read_into(core::ObjectStore& store, std::string name, std::uint64_t limit_bytes,
                           std::optional<Content>& content) {
  content.emplace(co_await store.read(name, limit_bytes, 10s));
}

class StoreContract : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_scenes().contains(GetParam()))
        << "give " << GetParam() << " a place in tests/contract/store_worlds.cpp";
    maker_ = maker_of(scene().value(scratch_));
    ASSERT_TRUE(maker_);
    put("there/b/2", "two");
    put("there/a", "1");
    put("there/b/10", "");
    put("thereabouts", "not below it");
  }

  const StoreScene& scene() const { return store_scenes().find(GetParam())->second; }
  void put(const std::string& name, const std::string& content) { scene().put(scratch_, name, content); }

  std::optional<Maker> maker_of(const std::string& value) {
    const std::string text = "service: {name: a}\nrecovery: {store: {" + GetParam() + ": " + value + "}}\n";
    auto loaded = config::load_text("good.yaml", text, store_kind(), config::empty_environment());
    EXPECT_TRUE(loaded) << loaded.report.text();
    return loaded ? loaded.value->recovery.store.make : std::nullopt;
  }

  void with_store(const std::function<core::Task<void>(core::ObjectStore&, async::Executor)>& work) {
    async::run_here([&](async::Executor river) -> core::Task<void> {
      const auto clock = os::make_clock();
      const auto pool = async::make_thread_pool(4);
      const stores::Tools tools{*clock, *pool};
      const auto store = (*maker_)(tools);
      co_await work(*store, river);
    });
  }

  Listed list(const std::string& prefix, core::Duration limit = 20s) {
    std::optional<Listed> listed;
    with_store(
        [&](core::ObjectStore& store, async::Executor) { return list_into(store, prefix, limit, listed); });
    return std::move(*listed);
  }
  Content read(const std::string& name, std::uint64_t limit_bytes = 100) {
    std::optional<Content> content;
    with_store([&](core::ObjectStore& store, async::Executor) {
      return read_into(store, name, limit_bytes, content);
    });
    return std::move(*content);
  }
  static std::string names_of(const Listed& listed) {
    if (!listed) return listed.error().what;
    std::string names;
    for (const core::StoredObject& object : *listed) names += object.name + " ";
    return names;
  }

  os::Scratch scratch_;
  std::optional<Maker> maker_;
};

}  // namespace

TEST_P(StoreContract, ItsExampleIsAConfiguration) {
  const std::string path = "agent/stores/" + GetParam() + "/example.yaml";
  const auto loaded = config::load_file(path, store_kind(), config::process_environment());
  ASSERT_TRUE(loaded) << loaded.report.text();
  EXPECT_EQ(loaded.value->recovery.store.kind, GetParam());
}

TEST_P(StoreContract, ItListsWhatLiesBelowAtAnyDepthSortedByName) {
  const Listed listed = list("there");
  ASSERT_EQ(names_of(listed), "there/a there/b/10 there/b/2 ");
  EXPECT_EQ(listed->at(0).bytes, 1u);
  EXPECT_EQ(listed->at(1).bytes, 0u);
  EXPECT_GT(listed->at(0).modified, core::WallTime(24h));
  EXPECT_EQ(names_of(list("there/b")), "there/b/10 there/b/2 ");
  EXPECT_EQ(names_of(list("")), "there/a there/b/10 there/b/2 thereabouts ");
}

TEST_P(StoreContract, APrefixThatIsNotThereIsEmpty) {
  const Listed listed = list("nowhere/at/all");
  ASSERT_TRUE(listed) << listed.error().what;
  EXPECT_TRUE(listed->empty());
}

TEST_P(StoreContract, WhatCannotBeReadIsAnErrorNeverAnEmptyListAndNeverAbsent) {
  ASSERT_FALSE(scene().unreadable.empty());
  for (const auto& [what, happen] : scene().unreadable) {
    const os::Scratch scratch;
    scene().put(scratch, "there/a", "1");
    maker_ = maker_of(scene().value(scratch));
    ASSERT_TRUE(list("there")) << what;
    happen(scratch);
    for (const char* prefix : {"", "there", "nowhere"}) {
      const Listed listed = list(prefix);
      ASSERT_FALSE(listed) << what << ": " << prefix;
      EXPECT_EQ(listed.error().what.rfind("cannot ", 0), 0u) << listed.error().what;
      EXPECT_NE(listed.error().code, core::Errc::not_found) << what << ": " << prefix;
    }
    const Content content = read("there/a");
    ASSERT_FALSE(content) << what;
    EXPECT_NE(content.error().code, core::Errc::not_found) << what;
  }
}

TEST_P(StoreContract, NotFoundMeansTrulyAbsent) {
  EXPECT_EQ(read("there/a"), "1");
  EXPECT_EQ(read("there/z").error().code, core::Errc::not_found);
  EXPECT_EQ(read("nowhere/at/all").error().code, core::Errc::not_found);
  EXPECT_FALSE(read("there/b")) << "a folder is not an object";
}

TEST_P(StoreContract, NoMoreIsReadThanIsAllowed) {
  put("full", std::string(100, 'x'));
  EXPECT_EQ(read("full", 100), std::string(100, 'x'));
  EXPECT_EQ(read("full", 99).error().code, core::Errc::exhausted);
  EXPECT_EQ(read("there/b/10", 0), "");
  EXPECT_EQ(read("there/a", 0).error().code, core::Errc::exhausted);
  EXPECT_EQ(read("full", UINT64_MAX), std::string(100, 'x'));
}

TEST_P(StoreContract, NoNameLeadsOut) {
  put("../outside", "a secret");
  for (const std::string name : {"../outside", "there/../../outside", "/etc/passwd", "there//a", "./there/a",
                                 "there/b/", "..", ".", "/", ""}) {
    EXPECT_FALSE(read(name)) << name;
  }
  EXPECT_FALSE(read(std::string("there/a") + '\0' + "/../../../outside"));
  for (const std::string prefix : {"..", "../", "there/../..", "/etc"}) EXPECT_FALSE(list(prefix)) << prefix;
}

TEST_P(StoreContract, ALimitThatIsOverIsAnErrorNeverAPartOfTheList) {
  for (int at = 0; at < 600; ++at) put("many/" + std::to_string(at), "x");
  const Listed late = list("", 0ns);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, core::Errc::timed_out);
  EXPECT_EQ(list("many")->size(), 600u);
}

TEST_P(StoreContract, ItMayBeCancelledAtAnyMoment) {
  boost::asio::io_context loop;
  os::SimClock clock(loop);
  const auto pool = async::make_inline_pool(loop.get_executor());
  const stores::Tools tools{clock, *pool};
  const auto store = (*maker_)(tools);
  for (int turns = 0; turns < 12; ++turns) {
    std::optional<Listed> listed;
    std::optional<Content> content;
    async::Nursery nursery(loop.get_executor());
    nursery.start(list_into(*store, "", 10s, listed));
    nursery.start(read_into(*store, "there/a", 100, content));
    for (int turn = 0; turn < turns; ++turn) loop.poll_one();
    nursery.cancel();
    clock.settle();
    EXPECT_EQ(nursery.size(), 0u) << "it did not end when cancelled after " << turns << " turns";
    EXPECT_EQ(clock.sleepers(), 0u) << "after " << turns;
  }
}

TEST_P(StoreContract, ManyMayAskAtOnce) {
  std::vector<std::optional<Listed>> listed(8);
  std::vector<std::optional<Content>> contents(8);
  with_store([&](core::ObjectStore& store, async::Executor river) -> core::Task<void> {
    async::Nursery nursery(river);
    for (std::size_t at = 0; at < listed.size(); ++at) {
      nursery.start(list_into(store, "there", 20s, listed[at]));
      nursery.start(read_into(store, "there/b/2", 3, contents[at]));
    }
    co_await nursery.join();
  });
  for (const auto& one : listed) EXPECT_EQ(names_of(*one), "there/a there/b/10 there/b/2 ");
  for (const auto& one : contents) EXPECT_EQ(*one, "two");
}

TEST_P(StoreContract, ItChangesNothingAndLeavesNoDescriptor) {
  const std::string before = everything_in(scratch_.path());
  (void)list("");
  const std::size_t open = open_descriptors();
  for (int time = 0; time < 5; ++time) {
    (void)list("");
    (void)list("nowhere");
    (void)list("", 0ns);
    (void)read("there/a");
    (void)read("there/b");
    (void)read("there/b/2", 1);
    (void)read("nowhere/x");
  }
  EXPECT_EQ(open_descriptors(), open);
  EXPECT_EQ(everything_in(scratch_.path()), before);
}

TEST_P(StoreContract, ItSaysWhereItIs) {
  with_store([&](core::ObjectStore& store, async::Executor) -> core::Task<void> {
    EXPECT_FALSE(store.target().empty());
    co_return;
  });
}

TEST_P(StoreContract, BadConfigurationIsRefusedAndTheKeyNamed) {
  ASSERT_FALSE(scene().bad.empty());
  auto bad = scene().bad;
  bad.push_back({"{nonsense: true}", "nonsense"});
  for (const BadValue& value : bad) {
    const std::string text =
        "service: {name: a}\nrecovery:\n  store:\n    " + GetParam() + ": " + value.yaml + "\n";
    const auto loaded = config::load_text("bad.yaml", text, store_kind(), config::empty_environment());
    EXPECT_FALSE(loaded) << value.yaml;
    EXPECT_NE(loaded.report.text().find(value.names), std::string::npos) << value.yaml << "\n"
                                                                         << loaded.report.text();
    EXPECT_NE(loaded.report.text().find("bad.yaml:"), std::string::npos) << loaded.report.text();
  }
}

INSTANTIATE_TEST_SUITE_P(Shelf, StoreContract, testing::ValuesIn(names_on<Maker>(shelf())),
                         [](const auto& entry) { return entry.param; });
