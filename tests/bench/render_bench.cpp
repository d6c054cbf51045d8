// What one scrape of 10,000 series costs: from the registry, from scraped targets, zipped, and read.
#include "agent/sources/scrape/reading/exposition.hpp"

#include <string>

#include <benchmark/benchmark.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

using namespace outrider::telemetry;
using outrider::sources::parse_exposition;

namespace {

constexpr int families = 100;
constexpr int series = 100;  // of each

const Labels own{{"service", "tests-api"}, {"namespace", "school"}, {"environment", "production"}};

::prometheus::Registry& registry() {
  static ::prometheus::Registry all;
  static const bool filled = [] {
    for (int f = 0; f < families; ++f) {
      auto& family = ::prometheus::BuildCounter()
                         .Name("example_requests_" + std::to_string(f) + "_total")
                         .Help("Requests the example has answered.")
                         .Register(all);
      for (int s = 0; s < series; ++s) {
        family.Add({{"route", "/api/v1/things/" + std::to_string(s)}, {"method", "GET"}, {"status", "200"}})
            .Increment(s * 1.25 + f);
      }
    }
    return true;
  }();
  (void)filled;
  return all;
}

std::string page(Format format) {
  const FamilySet set = from_registry(registry().Collect(), own);
  std::string out;
  write_exposition({&set}, format, out);
  return out;
}

void render_registry(benchmark::State& state) {
  const auto format = static_cast<Format>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(page(format).size());
}
BENCHMARK(render_registry)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void collect_alone(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(registry().Collect().size());
}
BENCHMARK(collect_alone)->Unit(benchmark::kMillisecond);

void render_scraped(benchmark::State& state) {
  const auto format = static_cast<Format>(state.range(0));
  const auto set = parse_exposition(page(Format::text), Format::text, {{"team", "core"}});
  for (auto _ : state) {
    std::string out;
    write_exposition({&*set}, format, out);
    benchmark::DoNotOptimize(out.size());
  }
}
BENCHMARK(render_scraped)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void zip(benchmark::State& state) {
  const std::string text = page(Format::text);
  std::size_t packed = 0;
  for (auto _ : state) packed = gzip(text).size();
  state.counters["plain_bytes"] = static_cast<double>(text.size());
  state.counters["packed_bytes"] = static_cast<double>(packed);
}
BENCHMARK(zip)->Unit(benchmark::kMillisecond);

void parse(benchmark::State& state) {
  const auto format = static_cast<Format>(state.range(0));
  const std::string text = page(format);
  for (auto _ : state) {
    const auto set = parse_exposition(text, format, {{"team", "core"}});
    benchmark::DoNotOptimize(set->sample_count);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(parse)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
