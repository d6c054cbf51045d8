#include "agent/tracing/sifting.hpp"

#include "agent/os/random.hpp"
#include "agent/tracing/test_traces.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace outrider::tracing {
namespace {

using namespace std::chrono_literals;
using testing::key;
using testing::request_with;
using testing::TestSpan;

constexpr core::Instant begin{1h};

SamplingSettings only_errors() {
  Rule rule;
  rule.name = "errors";
  rule.errors = true;
  SamplingSettings settings;
  settings.keep = {rule};
  return settings;
}

// The numbers of the spans that go on.
std::vector<std::uint64_t> sifted(Sifting& sifting, std::string_view request) {
  const auto portions = sifting.sift(request, 1u << 20);
  EXPECT_TRUE(portions);
  std::vector<std::uint64_t> numbers;
  for (const auto& portion : portions->list) {
    const auto some = testing::otlp::numbers_of(portion.bytes);
    EXPECT_EQ(some.size(), portion.spans);
    numbers.insert(numbers.end(), some.begin(), some.end());
  }
  return numbers;
}

TEST(Sifting, WhatWasKeptGoesOnAsItCameAndTheRestDoesNot) {
  Sampler sampler(only_errors(), {});
  const std::string mixed =
      request_with({{.trace = 1, .id = 1, .failed = true}, {.trace = 2, .id = 2}, {.trace = 1, .id = 3}});
  const std::string good = request_with({{.trace = 1, .id = 4}}), bad = request_with({{.trace = 2, .id = 5}});
  for (const auto& request : {mixed, good, bad}) sampler.see(request, begin);
  sampler.judge_due(begin + 6s);
  Sifting sifting(sampler, begin + 6s);
  EXPECT_EQ(sifted(sifting, mixed), (std::vector<std::uint64_t>{1, 3}));
  const auto whole = sifting.sift(good, 1u << 20);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->list.front().bytes.data(), good.data()) << "nothing was copied";
  EXPECT_TRUE(sifting.sift(bad, 1u << 20)->list.empty());
}

TEST(Sifting, KnowsWhichTracesOfARequestWaitStill) {
  Sampler sampler(only_errors(), {});
  const std::string request =
      request_with({{.trace = 1}, {.trace = 1, .id = 2}, {.trace = 2, .id = 3, .parent = 9}});
  sampler.see(request, begin);
  std::vector<TraceKey> waiting;
  add_undecided(sampler, request, waiting);
  EXPECT_EQ(waiting, (std::vector{key(1), key(2)}));
  sampler.judge_due(begin + 6s);
  waiting.clear();
  add_undecided(sampler, request, waiting);
  EXPECT_EQ(waiting, std::vector{key(2)});
}

TEST(Sifting, OfATraceThatIsTooLargeTheEntryTheErrorsAndTheSlowestGoOn) {
  SamplingSettings settings = only_errors();
  settings.most_trace_bytes = 20'000;
  Sampler sampler(settings, {});
  std::vector<std::string> requests;
  std::uint64_t id = 0;
  for (int part = 0; part < 20; ++part) {
    std::vector<TestSpan> spans;
    for (int i = 0; i < 50; ++i) {
      ++id;
      spans.push_back({.trace = 1,
                       .id = id,
                       .parent = 5000,
                       .took_ms = id % 100 == 37 ? 1000 + id : 1,
                       .failed = id == 777,
                       .padding = 50});
    }
    requests.push_back(request_with(spans));
  }
  requests.push_back(request_with({{.trace = 1, .id = 5000}}));
  requests.push_back(request_with({{.trace = 2, .id = 6000, .failed = true}}));
  for (const auto& request : requests) sampler.see(request, begin);
  sampler.judge_due(begin + 6s);
  Sifting sifting(sampler, begin + 6s);
  std::set<std::uint64_t> gone_on;
  for (const auto& request : requests) {
    for (const std::uint64_t number : sifted(sifting, request)) gone_on.insert(number);
  }
  EXPECT_TRUE(gone_on.contains(1));
  EXPECT_TRUE(gone_on.contains(777)) << "it failed";
  EXPECT_TRUE(gone_on.contains(837)) << "one of the slowest";
  EXPECT_TRUE(gone_on.contains(5000)) << "where it was entered, though that came last";
  EXPECT_TRUE(gone_on.contains(6000)) << "one large trace takes nothing from another";
  EXPECT_FALSE(gone_on.contains(838));
  EXPECT_LT(gone_on.size(), 300u);
  EXPECT_EQ(gone_on.size() + sifting.thinned(), 1002u);
}

TEST(Sifting, WhatMustBeDoneAgainCountsOnce) {
  SamplingSettings settings = only_errors();
  settings.most_trace_bytes = 10'000;
  Sampler sampler(settings, {});
  std::vector<TestSpan> spans{{.trace = 1, .id = 1, .failed = true}};
  for (std::uint64_t id = 2; id < 60; ++id)
    spans.push_back({.trace = 1, .id = id, .parent = 1, .padding = 60});
  const std::string request = request_with(spans);
  sampler.see(request, begin);
  sampler.judge_due(begin + 6s);
  Sifting failed(sampler, begin + 6s);
  const auto first = sifted(failed, request);
  EXPECT_EQ(first.size(), 59u);
  Sifting again(sampler, begin + 6s);
  EXPECT_EQ(sifted(again, request), first);
  again.done();
  EXPECT_GT(sampler.verdict(key(1), begin + 6s).passed_bytes, 6'000u);
}

// Traces as they come: their spans in pieces, out of order, some twice, some long after.
struct Story {
  explicit Story(std::uint32_t seed) : random(os::make_seeded_random(seed)) {}
  std::unique_ptr<core::Random> random;
  std::map<std::uint64_t, bool> failed;  // by trace
  std::multimap<core::Instant, std::string> requests;
  std::map<std::uint64_t, std::uint64_t> trace_of;  // by span

  std::uint64_t up_to(std::uint64_t most) { return random->next() % (most + 1); }

  void make(std::uint64_t traces) {
    std::uint64_t id = 0;
    for (std::uint64_t trace = 1; trace <= traces; ++trace) {
      const core::Instant ended = begin + std::chrono::milliseconds(up_to(60'000));
      const std::uint64_t count = 1 + up_to(12), root = ++id;
      const std::uint64_t fails_at = up_to(3) == 0 ? up_to(count) : count + 1;
      for (std::uint64_t i = 0; i <= count; ++i) {
        const std::uint64_t own = i == 0 ? root : ++id;
        const TestSpan span{.trace = trace, .id = own, .parent = i == 0 ? 0 : root, .failed = i == fails_at};
        trace_of[own] = trace;
        failed[trace] = failed[trace] || span.failed;
        const auto when = ended + std::chrono::milliseconds(up_to(5'000));
        requests.emplace(when, request_with({span}));
        if (up_to(20) == 0) requests.emplace(when + 3s, request_with({span}));
      }
    }
  }
};

TEST(Sifting, OfThousandsOfTracesExactlyThoseGoOnThatAnOfflineReferenceKeeps) {
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    Story story(seed);
    story.make(2'000);
    Sampler sampler(only_errors(), {});
    for (const auto& [when, request] : story.requests) {
      sampler.judge_due(when);
      sampler.see(request, when);
    }
    sampler.judge_due(begin + 10min);
    std::set<std::uint64_t> gone_on, wanted;
    Sifting sifting(sampler, begin + 10min);
    for (const auto& [when, request] : story.requests) {
      for (const std::uint64_t number : sifted(sifting, request)) gone_on.insert(number);
    }
    for (const auto& [span, trace] : story.trace_of) {
      if (story.failed[trace]) wanted.insert(span);
    }
    ASSERT_EQ(gone_on, wanted) << "seed " << seed;
  }
}

}  // namespace
}  // namespace outrider::tracing
