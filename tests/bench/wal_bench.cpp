// How fast a segment of WAL is checked on one core. With OUTRIDER_WAL naming a real segment, that one; else
// one made here, of small records with a full page now and then.
#include "agent/core/sums/crc32c.hpp"
#include "agent/wal/check/page.hpp"
#include "agent/wal/check/segment.hpp"
#include "agent/wal/test_kit.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <benchmark/benchmark.h>

namespace {

using namespace outrider::wal;

struct Sample {
  std::string bytes;
  Expected expected;
};

Sample real(const char* path) {
  std::ifstream file(path, std::ios::binary);
  Sample sample;
  sample.bytes.assign(std::istreambuf_iterator<char>(file), {});
  sample.expected.segment_bytes = sample.bytes.size();
  sample.expected.id =
      place(read_name(std::filesystem::path(path).filename().string()).value(), sample.bytes.size()).value();
  return sample;
}

Sample made() {
  WalKit kit;
  kit.segment_bytes = usual_segment_bytes;
  kit.next = kit.segment_bytes;
  for (int i = 0; kit.next < 2 * kit.segment_bytes; ++i) {
    kit.record(std::string(i % 12 == 0 ? 7000 : 80, static_cast<char>(i)));
  }
  return {kit.segments.at(1), kit.expected(1)};
}

void check_a_segment(benchmark::State& state) {
  const char* path = std::getenv("OUTRIDER_WAL");
  const Sample sample = path != nullptr ? real(path) : made();
  std::uint64_t records = 0;
  for (auto _ : state) {
    const SegmentReport report = check_segment(sample.bytes, sample.expected);
    if (report.fault) state.SkipWithError(report.fault->what.c_str());
    records += report.records;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * sample.bytes.size()));
  state.counters["records"] = benchmark::Counter(static_cast<double>(records), benchmark::Counter::kIsRate);
}
BENCHMARK(check_a_segment)->Unit(benchmark::kMillisecond);

void crc_of_a_page(benchmark::State& state) {
  const std::string page(8192, 'x');
  const bool by_table = state.range(0) != 0;
  std::uint32_t crc = outrider::core::crc32c_start;
  for (auto _ : state) {
    crc = by_table ? outrider::core::crc32c_add_by_table(crc, page.data(), page.size())
                   : outrider::core::crc32c_add(crc, page.data(), page.size());
    benchmark::DoNotOptimize(crc);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * page.size()));
}
BENCHMARK(crc_of_a_page)->ArgName("by_table")->Arg(0)->Arg(1);

}  // namespace

BENCHMARK_MAIN();
