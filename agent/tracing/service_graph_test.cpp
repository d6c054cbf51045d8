#include "agent/tracing/service_graph.hpp"

#include "agent/telemetry/exposition.hpp"
#include "agent/tracing/test_traces.hpp"

#include <gtest/gtest.h>

namespace outrider::tracing {
namespace {

using namespace std::chrono_literals;
using testing::request_with;
using testing::TestSpan;

constexpr core::Instant begin{1h};
constexpr int server = 2, client = 3, producer = 4, consumer = 5;

std::string page(const ServiceGraph& graph) {
  const telemetry::FamilySet set = graph.families();
  std::string out;
  telemetry::write_exposition({&set}, telemetry::Format::text, out);
  return out;
}

bool has(const ServiceGraph& graph, const std::string& line) {
  return page(graph).find(line + "\n") != std::string::npos;
}

TEST(ServiceGraph, PutsWhoCallsAndWhoIsCalledTogetherInWhateverOrderTheyCome) {
  ServiceGraph graph({});
  graph.count(request_with({{.id = 5, .took_ms = 250, .kind = client}}, "gateway"), begin);
  graph.count(request_with({{.id = 6, .parent = 5, .took_ms = 150, .kind = server}}, "users"), begin + 2s);
  graph.count(request_with({{.trace = 2, .id = 8, .parent = 7, .failed = true, .kind = server}}, "users"),
              begin + 3s);
  graph.count(request_with({{.trace = 2, .id = 7, .kind = client}}, "gateway"), begin + 4s);
  EXPECT_TRUE(has(graph, R"(traces_service_graph_request_total{client="gateway",server="users"} 2)"))
      << page(graph);
  EXPECT_TRUE(has(graph, R"(traces_service_graph_request_failed_total{client="gateway",server="users"} 1)"));
  EXPECT_TRUE(has(
      graph,
      R"(traces_service_graph_request_client_seconds_bucket{client="gateway",server="users",le="0.2"} 1)"));
  EXPECT_TRUE(has(
      graph, R"(traces_service_graph_request_client_seconds_sum{client="gateway",server="users"} 0.251)"));
  EXPECT_TRUE(has(
      graph, R"(traces_service_graph_request_server_seconds_sum{client="gateway",server="users"} 0.151)"));
}

TEST(ServiceGraph, TellsMessagesFromCallsAndKnowsDatabasesByWhoCallsThem) {
  ServiceGraph graph({});
  graph.count(request_with({{.id = 5, .kind = producer}}, "tests"), begin);
  graph.count(request_with({{.id = 6, .parent = 5, .kind = consumer}}, "bot"), begin);
  graph.count(
      request_with({{.id = 9, .failed = true, .key = "db.system", .value = "postgresql", .kind = client}},
                   "tests"),
      begin);
  EXPECT_TRUE(has(
      graph,
      R"(traces_service_graph_request_total{client="tests",server="bot",connection_type="messaging_system"} 1)"));
  EXPECT_TRUE(has(
      graph,
      R"(traces_service_graph_request_failed_total{client="tests",server="postgresql",connection_type="database"} 1)"))
      << page(graph);
}

TEST(ServiceGraph, ForgetsAndCountsWhatWaitsInVain) {
  ServiceGraph graph({.wait = 10s});
  graph.count(request_with({{.id = 5, .kind = client}}, "gateway"), begin);
  graph.count(request_with({{.id = 6, .parent = 5, .kind = server}}, "users"), begin + 10s);
  EXPECT_EQ(graph.unpaired(), 1u);
  graph.count(request_with({{.id = 7, .kind = client}}, "gateway"), begin + 30s);
  EXPECT_EQ(graph.unpaired(), 2u);
  EXPECT_EQ(page(graph), "") << "nobody knows who called whom";
  graph.count(request_with({{.id = 1, .kind = server}, {.id = 2, .kind = 1}}, "gateway"), begin + 30s);
  EXPECT_EQ(graph.unpaired(), 2u) << "who is called from outside waits for nobody";
}

TEST(ServiceGraph, StaysWithinItsBounds) {
  ServiceGraph graph({.most_waiting = 100, .most_edges = 10});
  for (std::uint64_t trace = 1; trace <= 1000; ++trace)
    graph.count(request_with({{.trace = trace, .id = 5, .kind = client}}, "gateway"), begin);
  EXPECT_EQ(graph.unpaired(), 900u);
  for (std::uint64_t trace = 1; trace <= 50; ++trace)
    graph.count(request_with({{.trace = trace, .id = 6, .parent = 5, .kind = server}},
                             "service " + std::to_string(trace)),
                begin);
  EXPECT_EQ(graph.folded(), 40u);
  EXPECT_TRUE(has(graph, R"(traces_service_graph_request_total{client="other",server="other"} 40)"));
}

TEST(ServiceGraph, ASpanThatComesTwiceIsNoCallOfItself) {
  ServiceGraph graph({});
  const std::string calling = request_with({{.id = 5, .kind = client}}, "gateway");
  graph.count(calling, begin);
  graph.count(calling, begin);
  graph.count("\x0a\x05torn", begin);
  EXPECT_EQ(page(graph), "");
  EXPECT_EQ(graph.unpaired(), 1u);
}

}  // namespace
}  // namespace outrider::tracing
