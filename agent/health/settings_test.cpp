#include "agent/health/settings.hpp"

#include "agent/config/load.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::health;
using namespace std::chrono_literals;

namespace {

config::Loaded<ProbeSettings> load(const std::string& text) {
  probes::Shelf shelf;
  probes::fill(shelf);
  return config::load_text("test.yaml", text, probe_kind(shelf), {});
}

}  // namespace

TEST(ProbeSettings, ReadsEveryKeyAndKeepsHonestDefaults) {
  const auto least = load("tcp: 127.0.0.1:5432\n");
  ASSERT_TRUE(least);
  EXPECT_EQ(least.value->kind, "tcp");
  EXPECT_TRUE(least.value->make);
  EXPECT_EQ(least.value->every, 10s);
  EXPECT_EQ(least.value->timeout, 1s);
  EXPECT_EQ(least.value->fail_after, 3u);
  EXPECT_EQ(least.value->heal_after, 1u);
  EXPECT_FALSE(least.value->dependency);

  const auto all = load(
      "http: http://127.0.0.1:8080/healthz\nevery: 250ms\ntimeout: 250ms\nfail_after: 5\nheal_after: 2\n"
      "dependency: true\n");
  ASSERT_TRUE(all);
  EXPECT_EQ(all.value->kind, "http");
  EXPECT_EQ(all.value->every, 250ms);
  EXPECT_EQ(all.value->timeout, 250ms) << "as long as the interval is not longer";
  EXPECT_EQ(all.value->fail_after, 5u);
  EXPECT_EQ(all.value->heal_after, 2u);
  EXPECT_TRUE(all.value->dependency);
}

TEST(ProbeSettings, OffersEveryEntryOfTheShelf) {
  for (const char* one : {"tcp: 127.0.0.1:1", "http: http://127.0.0.1:1/", "exec: [/bin/true]"}) {
    EXPECT_TRUE(load(one)) << one;
  }
}

TEST(ProbeSettings, RefuseWhatCannotBeMeantAndNameTheKey) {
  const std::string tcp = "tcp: 127.0.0.1:5432\n";
  const std::vector<std::pair<std::string, const char*>> all{
      {"every: 10s\n", "tcp"},
      {tcp + "http: http://127.0.0.1/\n", "http"},
      {tcp + "every: 1s\ntimeout: 2s\n", "`timeout` must not be longer than `every`"},
      {tcp + "every: 50ms\n", "every"},
      {tcp + "every: 2h\n", "every"},
      {tcp + "every: 1h\ntimeout: 11m\n", "timeout"},
      {tcp + "timeout: 1ms\n", "timeout"},
      {tcp + "fail_after: 0\n", "fail_after"},
      {tcp + "fail_after: -1\n", "fail_after"},
      {tcp + "heal_after: 1001\n", "heal_after"},
      {tcp + "dependency: maybe\n", "dependency"},
      {tcp + "fail_afetr: 3\n", "fail_after"},
  };
  for (const auto& [text, names] : all) {
    const auto loaded = load(text);
    EXPECT_FALSE(loaded) << text;
    EXPECT_NE(loaded.report.text().find(names), std::string::npos) << text << loaded.report.text();
  }
}

TEST(ProbeSettings, AWarmUpMayBeNothingAndIsNotADay) {
  const auto read = [](const char* text) { return config::load_text("t", text, warm_up_kind()); };
  EXPECT_EQ(*read("0s").value, 0s);
  EXPECT_EQ(*read("1h").value, 1h);
  EXPECT_FALSE(read("2h"));
  EXPECT_FALSE(read("30"));
}
