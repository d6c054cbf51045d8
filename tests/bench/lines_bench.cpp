// What a log line costs on its way to a document: JSON looked at by our own scanner and by simdjson, and the
// whole chain with each format and with redaction. Items are lines of about 370 bytes.
#include "agent/config/load.hpp"
#include "agent/lines/json.hpp"
#include "agent/lines/secrets/finder.hpp"
#include "agent/transforms/chain.hpp"
#include "agent/transforms/reading.hpp"

#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <prometheus/registry.h>

#ifdef OUTRIDER_SIMDJSON
#include <simdjson.h>
#endif

using namespace outrider;

namespace {

constexpr std::size_t count = 1000;

std::vector<std::string> json_lines() {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string n = std::to_string(1000 + i);
    lines.push_back(
        R"({"time":"2026-11-21T11:26:03.512Z","level":"info","msg":"request served from the cache","seq":)" +
        n + R"(,"method":"GET","path":"/api/v1/results/)" + n +
        R"(","status":200,"duration_ms":12.7,"client":"10.0.3.17",)" +
        R"("user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",)" +
        R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","tenant":"school-17","bytes":5)" +
        n + "}");
  }
  return lines;
}

std::vector<std::string> in_cri(std::vector<std::string> lines) {
  for (std::string& line : lines) line = "2026-11-21T11:26:03.512345678Z stdout F " + line;
  return lines;
}

std::vector<std::string> in_docker(const std::vector<std::string>& lines) {
  std::vector<std::string> wrapped;
  for (const std::string& line : lines) {
    std::string& text = wrapped.emplace_back("{\"log\":\"");
    lines::append_escaped(text, line);
    text += R"(\n","stream":"stdout","time":"2026-11-21T11:26:03.512345678Z"})";
  }
  return wrapped;
}

std::vector<std::string> logfmt_lines() {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < count; ++i) {
    lines.push_back("time=2026-11-21T11:26:03.512Z level=info msg=\"request served from the cache\" seq=" +
                    std::to_string(1000 + i) +
                    " method=GET path=/api/v1/results status=200 duration=12.7ms " +
                    "client=10.0.3.17 user_agent=\"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\" " +
                    "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7 tenant=school-17");
  }
  return lines;
}

void finish(benchmark::State& state, const std::vector<std::string>& lines) {
  std::size_t bytes = 0;
  for (const std::string& line : lines) bytes += line.size() + 1;
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * lines.size()));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes));
}

void scan_own(benchmark::State& state) {
  const auto lines = json_lines();
  std::vector<lines::Member> members;
  for (auto _ : state) {
    for (const std::string& line : lines) benchmark::DoNotOptimize(lines::scan_object(line, members));
  }
  finish(state, lines);
}
BENCHMARK(scan_own);

#ifdef OUTRIDER_SIMDJSON
// Checks the whole document, as ours does; where its members lie it does not tell.
void scan_simdjson_dom(benchmark::State& state) {
  const auto lines = json_lines();
  std::vector<simdjson::padded_string> padded;
  for (const std::string& line : lines) padded.emplace_back(line);
  simdjson::dom::parser parser;
  for (auto _ : state) {
    for (const auto& line : padded) benchmark::DoNotOptimize(parser.parse(line).error());
  }
  finish(state, lines);
}
BENCHMARK(scan_simdjson_dom);

// Tells where the members lie, and checks only what it walks over.
void scan_simdjson_ondemand(benchmark::State& state) {
  const auto lines = json_lines();
  std::vector<simdjson::padded_string> padded;
  for (const std::string& line : lines) padded.emplace_back(line);
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    for (const auto& line : padded) {
      auto document = parser.iterate(line);
      std::size_t bytes = 0;
      for (auto field : document.get_object()) {
        const simdjson::ondemand::raw_json_string key = field.key();
        bytes += static_cast<std::size_t>(*key.raw());
        bytes += std::string_view(field.value().raw_json_token()).size();
      }
      benchmark::DoNotOptimize(bytes);
    }
  }
  finish(state, lines);
}
BENCHMARK(scan_simdjson_ondemand);
#endif

void find_secrets(benchmark::State& state) {
  using namespace lines::secrets;
  const auto lines = json_lines();
  std::vector<Rule> rules{{Kind::field, Manner::mask, "password", ""}};
  for (const Kind kind :
       {Kind::email, Kind::bearer_token, Kind::jwt, Kind::card_number, Kind::iban, Kind::phone})
    rules.push_back({kind, Manner::mask, "", ""});
  const Finder finder(rules);
  std::vector<Finding> found;
  for (auto _ : state) {
    for (const std::string& line : lines) {
      finder.find(line, found);
      benchmark::DoNotOptimize(found.size());
    }
  }
  finish(state, lines);
}
BENCHMARK(find_secrets);

// `outrider tap` while nobody taps.
class NobodyLooks final : public transforms::Onlooker {
 public:
  Look look() const override { return Look::no; }
  void went_on(const transforms::Event&, const telemetry::Record&,
               std::span<const transforms::Note>) override {}
  void left_out(const transforms::Event&, transforms::Onward, std::span<const transforms::Note>) override {}
};

void run_chain(benchmark::State& state, const std::string& format, const std::string& redact,
               const std::vector<std::string>& lines, transforms::Onlooker* onlooker = nullptr) {
  transforms::Shelf shelf;
  transforms::fill(shelf);
  transforms::ChainPlan plan{*config::load_text("bench", format, transforms::reading_kind()).value, {}, {}};
  if (!redact.empty()) plan.steps.push_back(*config::load_text("bench", redact, shelf.steps()[0].kind).value);
  ::prometheus::Registry registry;
  core::Resource resource;
  resource.service = "tests-api";
  resource.environment = "production";
  resource.host = "node-1";
  transforms::Chain chain({resource, registry}, plan);
  chain.watched_by(onlooker);
  for (auto _ : state) {
    telemetry::Batch batch;
    batch.stream = "child output";
    batch.records.reserve(lines.size());
    for (const std::string& line : lines) {
      telemetry::Record record;
      record.text = line;
      record.bytes = line.size() + 1;
      batch.records.push_back(record);
    }
    chain.apply(batch, {});
    benchmark::DoNotOptimize(batch.records.size());
  }
  finish(state, lines);
}

NobodyLooks nobody;

constexpr const char* usual = "[email, bearer_token, jwt, card_number, {field: password}]";

BENCHMARK_CAPTURE(run_chain, json, "json", "", json_lines());
BENCHMARK_CAPTURE(run_chain, json_untapped, "json", "", json_lines(), &nobody);
BENCHMARK_CAPTURE(run_chain, json_redacted, "json", usual, json_lines());
BENCHMARK_CAPTURE(run_chain, cri_json, "cri", "", in_cri(json_lines()));
BENCHMARK_CAPTURE(run_chain, docker_json, "docker_json", "", in_docker(json_lines()));
BENCHMARK_CAPTURE(run_chain, logfmt, "logfmt", "", logfmt_lines());
BENCHMARK_CAPTURE(run_chain, regex,
                  "{regex: '^time=(?P<time>[^ ]+) level=(?P<level>[a-z]+) (?P<message>.*)$'}", "",
                  logfmt_lines());
BENCHMARK_CAPTURE(run_chain, text, "text", "", json_lines());

}  // namespace

BENCHMARK_MAIN();
