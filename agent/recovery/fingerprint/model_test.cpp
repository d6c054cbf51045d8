// A source on which transactions begin, write, commit into the WAL, are seen a little or much later, or are
// undone, at random; passes go over it meanwhile; a copy has what was committed up to some place. Over an
// honest copy there is never an alarm; over one that holds anything else in a range that was constant,
// always.
#include "agent/os/random.hpp"
#include "agent/recovery/fingerprint/judge.hpp"
#include "agent/recovery/turns.hpp"

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

constexpr std::uint32_t tables = 5;

struct Transaction {
  std::set<std::uint32_t> written;
  std::optional<wal::Lsn> commit;
  bool visible = false, undone = false;
};

class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(os::make_seeded_random(seed)) { haste_ = 2 + below(10); }

  std::uint64_t below(std::uint64_t end) { return random_->below(end); }

  // Whatever others do meanwhile.
  void others() {
    for (auto steps = below(haste_); steps > 0; --steps) {
      lsn_ += below(3);
      if (below(8) == 0) begin_one();
      for (auto& [id, one] : all_) {
        if (one.undone || one.visible || below(4) != 0) continue;
        if (one.commit) {
          one.visible = below(6) != 0;  // it may wait for a standby
        } else if (below(5) == 0) {
          one.undone = true;
        } else {
          one.commit = wal::Lsn{++lsn_};
        }
      }
    }
  }

  Pass begin_pass() {
    Pass pass{1, 1, wal::Lsn{lsn_}, {}, core::WallTime(std::chrono::seconds(++passes_))};
    others();
    // As PostgreSQL lists them: only those with a number below that of the last one that has ended.
    pass.under_way.from = 700;
    for (const auto& [id, one] : all_) {
      if (one.visible || one.undone) pass.under_way.from = id + 1;
    }
    for (const auto& [id, one] : all_) {
      if (!one.visible && !one.undone && id < pass.under_way.from) pass.under_way.ids.insert(id);
    }
    return pass;
  }
  // Row versions are the transactions that wrote them.
  Observation look(std::uint32_t table) {
    Digest seen = digest(table, [](const Transaction& one) { return one.visible; });
    others();
    return {std::move(seen), wal::Lsn{lsn_}};
  }
  Digest copy(std::uint32_t table, wal::Lsn reached) const {
    return digest(table, [&](const Transaction& one) { return one.commit && *one.commit <= reached; });
  }
  std::set<std::uint64_t> committed_of(const UnderWay& asked, wal::Lsn reached) const {
    std::set<std::uint64_t> found;
    for (const auto& [id, one] : all_) {
      if (asked.has(id) && one.commit && *one.commit <= reached) found.insert(id);
    }
    return found;
  }
  std::uint64_t lsn() const { return lsn_; }

 private:
  void begin_one() {
    Transaction& one = all_[next_++];
    for (auto writes = 1 + below(2); writes > 0; --writes)
      one.written.insert(static_cast<std::uint32_t>(below(below(2) == 0 ? 1 : tables)));
  }
  template <class Has>
  Digest digest(std::uint32_t table, Has has) const {
    Digest digest{0, "of:"};
    for (const auto& [id, one] : all_) {
      if (!one.written.contains(table) || !has(one)) continue;
      ++digest.rows;
      digest.sum += std::to_string(id) + ",";
    }
    return digest;
  }

  std::unique_ptr<core::Random> random_;
  std::map<std::uint64_t, Transaction> all_;
  std::uint64_t next_ = 700, lsn_ = 1000, passes_ = 0, haste_ = 1;
};

Chunk chunk_of(std::uint32_t table) { return {{5, table, 0, 2048}, 100}; }

std::map<ChunkId, Digest> go_over(Model& model, Book& book, Pass& pass) {
  pass = model.begin_pass();
  begin(book, pass);
  std::map<ChunkId, Digest> seen;
  for (std::uint32_t table = 0; table < tables; ++table) {
    if (model.below(5) == 0) continue;  // not due, or not readable just now
    const Observation observation = model.look(table);
    note(book, chunk_of(table), observation, pass);
    seen[chunk_of(table).id] = observation.digest;
  }
  book = read_book(write_book(book));
  return seen;
}

struct Drilled {
  std::vector<Compared> all;
  std::map<wal::Lsn, UnderWay> under_way;
  std::optional<Pass> closing;
  wal::Lsn reached;
};

Drilled drill(Model& model, bool source_lives) {
  Book book;
  Pass pass;
  for (auto passes = 1 + model.below(3); passes > 0; --passes) {
    go_over(model, book, pass);
    model.others();
  }
  Drilled drilled;
  drilled.reached = wal::Lsn{model.lsn() - model.below(1 + (model.lsn() - 1000) / 2)};
  for (auto& candidate : due_to_compare(book, drilled.reached, 1, 1 << 20)) {
    Compared one;
    one.candidate = candidate;
    one.copy.digest = model.copy(candidate.chunk.id.table, drilled.reached);
    drilled.all.push_back(std::move(one));
  }
  drilled.under_way = book.under_way;
  model.others();
  if (!source_lives) return drilled;
  const auto again = go_over(model, book, pass);
  drilled.closing = pass;
  for (auto& one : drilled.all) {
    const auto found = again.find(one.candidate.chunk.id);
    if (found != again.end()) one.again = found->second;
  }
  return drilled;
}

CompareView view_of(const Model& model, const Drilled& drilled) {
  CompareView view{drilled.reached, 1, drilled.under_way, drilled.closing, {}};
  view.committed = model.committed_of(doubts(drilled.all, view), drilled.reached);
  return view;
}

TEST(Contents, AnHonestCopyNeverAlarmsWhateverIsWrittenMeanwhile) {
  std::map<ChunkVerdict, std::uint64_t> verdicts;
  for (std::uint64_t seed = 0; seed < turns_of_chance(20'000); ++seed) {
    Model model(seed);
    const Drilled drilled = drill(model, seed % 4 != 0);
    const CompareView view = view_of(model, drilled);
    for (const auto& one : drilled.all) {
      const ChunkVerdict verdict = judge_chunk(one, view);
      ++verdicts[verdict];
      ASSERT_NE(verdict, ChunkVerdict::differs)
          << "seed " << seed << ", table " << one.candidate.chunk.id.table;
    }
  }
  EXPECT_GT(verdicts[ChunkVerdict::same], turns_of_chance(5000));
  EXPECT_GT(verdicts[ChunkVerdict::busy], turns_of_chance(5000));
  EXPECT_GT(verdicts[ChunkVerdict::open], turns_of_chance(1000));
  EXPECT_GT(verdicts[ChunkVerdict::doubtful], turns_of_chance(10))
      << "the model shows what the list of transactions is for";
}

TEST(Contents, ACopyWithAnotherContentAlwaysAlarmsWhereTheRangeWasConstant) {
  std::uint64_t alarms = 0;
  for (std::uint64_t seed = 0; seed < turns_of_chance(20'000); ++seed) {
    Model model(seed);
    Drilled drilled = drill(model, seed % 4 != 0);
    for (auto& one : drilled.all) {
      // An older version of the file, a row altered, a row gone.
      const Digest old = model.copy(one.candidate.chunk.id.table, wal::Lsn{one.candidate.run.from.value / 2});
      const bool stale = model.below(2) == 0 && old != one.candidate.run.digest;
      one.copy.digest = stale ? old : Digest{one.copy.digest->rows, one.copy.digest->sum + "altered"};
    }
    const CompareView view = view_of(model, drilled);
    for (const auto& one : drilled.all) {
      const ChunkVerdict verdict = judge_chunk(one, view);
      ASSERT_NE(verdict, ChunkVerdict::same) << "seed " << seed;
      const auto span = bracket(one, view);
      if (!span) continue;
      const bool in_doubt = !model.committed_of(span->under_way, drilled.reached).empty();
      ASSERT_EQ(verdict, in_doubt ? ChunkVerdict::doubtful : ChunkVerdict::differs) << "seed " << seed;
      alarms += in_doubt ? 0 : 1;
    }
  }
  EXPECT_GT(alarms, turns_of_chance(5000));
}

}  // namespace
}  // namespace outrider::recovery
