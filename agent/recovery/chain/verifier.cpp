#include "agent/recovery/chain/verifier.hpp"

#include "agent/core/sums/crc32c.hpp"
#include "agent/recovery/chain/book/ledger.hpp"
#include "agent/wal/check/page.hpp"
#include "agent/wal/inflate/inflate.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

constexpr std::uint64_t most_memory_bytes = 64ULL << 20;
constexpr std::size_t most_troubles = 10;
constexpr std::size_t most_failures = 4;    // in one turn: an archive that cannot be read is asked no further
constexpr std::size_t slack_segments = 16;  // planned beyond the budget, for those that cannot be read
constexpr std::uint64_t slack_bytes = 64ULL << 10;

std::uint64_t tell_apart(const catalogs::Catalog& catalog, const catalogs::Listing& listing) {
  const std::string target = catalog.target();
  const std::uint64_t high = core::crc32c_add(core::crc32c_start, target.data(), target.size());
  const std::uint64_t system_id = listing.system_id.value_or(0);
  return (high << 32) ^ system_id;
}

// What one segment's bytes turned out to be: a report, or trouble that says nothing of the segment.
struct Reading {
  wal::SegmentReport report;
  std::optional<core::Error> trouble;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> segment_bytes;  // another size than was assumed
};

Reading read_segment(std::string stored, const wal::Expected& expected, bool size_known) {
  Reading reading;
  // Room for a segment of another size, where the size is not known.
  const std::uint64_t largest = size_known ? expected.segment_bytes : 4 * wal::usual_segment_bytes;
  auto plain = wal::inflate(std::move(stored), std::max(largest, expected.segment_bytes) + slack_bytes);
  if (!plain) {
    if (plain.error().code == core::Errc::unsupported) {
      reading.trouble = plain.error();
    } else {
      const bool too_large = plain.error().code == core::Errc::exhausted;
      reading.report.fault = wal::Fault{too_large ? wal::FaultKind::wrong_size : wal::FaultKind::broken_file,
                                        0, expected.id.begin(expected.segment_bytes), plain.error().what};
    }
    return reading;
  }
  reading.bytes = plain->size();
  reading.report = wal::check_segment(*plain, expected);
  const bool another_size = !size_known && reading.report.fault && plain->size() != expected.segment_bytes &&
                            wal::is_segment_size(plain->size()) &&
                            wal::LongHeader(plain->data()).segment_bytes == plain->size();
  if (another_size) reading.segment_bytes = plain->size();
  return reading;
}

}  // namespace

class Verifier::State {
 public:
  State(VerifierTools tools, VerifierSettings settings) : tools_(tools), settings_(std::move(settings)) {}

  core::Task<core::Outcome<>> load() {
    const auto reading = [this] { return tools_.files.read_all(settings_.memory_file, most_memory_bytes); };
    auto bytes = co_await async::offload(tools_.pool, reading);
    if (!bytes && bytes.error().code == core::Errc::not_found) co_return core::Outcome<>{};
    if (!bytes) co_return core::fail("cannot load what is remembered of verified WAL", bytes.error());
    auto memory = unpacked(*bytes);
    if (!memory) co_return core::fail(memory.error());
    ledger_ = Ledger(std::move(*memory));
    co_return core::Outcome<>{};
  }

  core::Task<VerifierReport> turn(catalogs::Catalog& catalog, const catalogs::Listing& listing,
                                  const ChainReport& chain) {
    told_ = VerifierReport{};
    changed_ = ledger_.refresh(listing, chain, tell_apart(catalog, listing));
    const auto most = static_cast<std::size_t>(settings_.budget_bytes / chain.segment_bytes) + slack_segments;
    const auto plan = ledger_.plan(chain, most, unreadable_);
    unreadable_.clear();
    for (const std::size_t index : plan) {
      const bool enough = told_.read_bytes >= settings_.budget_bytes || unreadable_.size() >= most_failures;
      if (enough || told_.segment_bytes) break;
      co_await verify(catalog, listing, chain, chain.path[index]);
    }
    if (changed_) co_await save();
    VerifierReport report = ledger_.report(chain);
    report.read_bytes = told_.read_bytes;
    report.troubles = std::move(told_.troubles);
    report.segment_bytes = told_.segment_bytes;
    co_return report;
  }

 private:
  core::Task<void> verify(catalogs::Catalog& catalog, const catalogs::Listing& listing,
                          const ChainReport& chain, PathLink link) {
    const catalogs::ArchivedFile& file = listing.wal[link.file];
    // Some tools hand out what they have unpacked or deciphered.
    const std::uint64_t limit = std::max(file.stored_bytes, chain.segment_bytes) + slack_bytes;
    auto stored = co_await catalog.read_wal(file, limit, settings_.read_limit);
    if (!stored) {
      could_not(link.id, file.name, stored.error());
      co_return;
    }
    wal::Expected expected;
    expected.id = link.id;
    expected.segment_bytes = chain.segment_bytes;
    expected.system_id = listing.system_id;
    if (chain.history_known) expected.history = &chain.history;
    const auto job = [&] { return read_segment(std::move(*stored), expected, chain.segment_bytes_known); };
    const Reading reading = co_await async::offload(tools_.pool, job);
    told_.read_bytes += reading.bytes;
    if (reading.segment_bytes) {
      told_.segment_bytes = reading.segment_bytes;
    } else if (reading.trouble) {
      could_not(link.id, file.name, *reading.trouble);
    } else {
      changed_ = true;
      if (reading.report.fault)
        ledger_.note_broken(link.id, print_of(file), *reading.report.fault);
      else
        ledger_.note_sound(link.id, print_of(file), reading.report, tools_.clock.wall());
    }
  }

  void could_not(wal::SegmentId id, const std::string& name, const core::Error& error) {
    unreadable_.insert(id);
    if (told_.troubles.size() == most_troubles) return;
    told_.troubles.push_back(fmt::format("could not verify {}: {}", name, error.what));
  }

  core::Task<void> save() {
    const auto job = [this] { return tools_.files.replace(settings_.memory_file, packed(ledger_.memory())); };
    auto saved = co_await async::offload(tools_.pool, job);
    if (!saved) told_.troubles.push_back("cannot remember what was verified: " + saved.error().what);
  }

  VerifierTools tools_;
  VerifierSettings settings_;
  Ledger ledger_;
  std::set<wal::SegmentId> unreadable_;  // in the last turn
  VerifierReport told_;                  // of this turn: what the reading itself tells
  bool changed_ = false;
};

Verifier::Verifier(VerifierTools tools, VerifierSettings settings)
    : state_(std::make_unique<State>(tools, std::move(settings))) {}
Verifier::~Verifier() = default;

core::Task<core::Outcome<>> Verifier::load() { return state_->load(); }

core::Task<VerifierReport> Verifier::turn(catalogs::Catalog& catalog, const catalogs::Listing& listing,
                                          const ChainReport& chain) {
  return state_->turn(catalog, listing, chain);
}

}  // namespace outrider::recovery
