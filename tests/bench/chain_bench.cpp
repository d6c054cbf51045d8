// How long a walk over a hundred thousand listed segments takes, and a verifier's turn that has nothing to
// read.
#include "agent/recovery/chain/book/evidence.hpp"
#include "agent/recovery/chain/book/ledger.hpp"
#include "agent/recovery/chain/chain_kit.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace outrider;
using namespace outrider::recovery;

ListingKit hundred_thousand() {
  ListingKit kit;
  kit.segments(3, 100'002);
  for (std::uint64_t number = 10; number < 100'000; number += 500)
    kit.set(std::to_string(number), number, number + 1);
  kit.remove(kit.name(70'000));
  return kit;
}

void walk(benchmark::State& state) {
  const ListingKit kit = hundred_thousand();
  ChainView view{kit.listing, 0, wal::lone_timeline(1), wal::Lsn{100'003 * kit.segment_bytes}, {}, {}, {}};
  for (auto _ : state) benchmark::DoNotOptimize(walk_chain(view));
}
BENCHMARK(walk)->Unit(benchmark::kMillisecond);

void nothing_new(benchmark::State& state) {
  const ListingKit kit = hundred_thousand();
  const ChainReport chain =
      walk_chain({kit.listing, 0, wal::lone_timeline(1), wal::Lsn{100'003 * kit.segment_bytes}, {}, {}, {}});
  Ledger ledger;
  ledger.refresh(kit.listing, chain, 1);
  wal::SegmentReport report;
  for (const PathLink& link : chain.path)
    ledger.note_sound(link.id, print_of(kit.listing.wal[link.file]), report, {});
  for (auto _ : state) {
    ledger.refresh(kit.listing, chain, 1);
    benchmark::DoNotOptimize(ledger.plan(chain, 100, {}));
    benchmark::DoNotOptimize(ledger.report(chain));
  }
  state.counters["memory_bytes"] = static_cast<double>(packed(ledger.memory()).size());
}
BENCHMARK(nothing_new)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
