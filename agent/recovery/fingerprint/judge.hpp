// What the hashes of source and copy say of the copy. Pure.
#pragma once

#include "agent/core/verdict.hpp"
#include "agent/recovery/fingerprint/book.hpp"
#include "agent/recovery/fingerprint/finding.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace outrider::recovery {

// What the copy answered for a range.
struct CopyAnswer {
  std::optional<Digest> digest;
  bool absent = false;  // the table is not there
  bool broken = false;  // reading it met with a page or a file that is not as it was written
  std::string trouble;  // with which it could not be read, which says nothing; or what is broken
};

struct Compared {
  Candidate candidate;  // the run as it was when the copy was asked
  std::string where;    // "public.notes in postgres"
  CopyAnswer copy;
  std::optional<Digest> again;  // the source, a second time; nothing: it could not be asked
};

struct CompareView {
  wal::Lsn reached;
  std::uint32_t timeline = 0;
  const std::map<wal::Lsn, UnderWay>& under_way;  // the book's, as it was with the runs
  std::optional<Pass> closing;                    // of the second time
  std::set<std::uint64_t> committed;  // transactions that the copy has as committed, of those asked about
};

enum class ChunkVerdict {
  same,
  differs,   // the range was constant on the source over a span that holds the copy's place, and is another
             // here
  busy,      // it was written to meanwhile
  open,      // it is not known whether it was
  doubtful,  // a transaction was being committed all the while, and may have made the difference
  unread,
};

ChunkVerdict judge_chunk(const Compared& one, const CompareView& view);

// Transactions of which the copy has to be asked whether it has them as committed.
UnderWay doubts(const std::vector<Compared>& all, const CompareView& view);

// Between which places the range was constant; nothing: that is not known.
struct Bracket {
  wal::Lsn from, to;
  UnderWay under_way;
};
std::optional<Bracket> bracket(const Compared& one, const CompareView& view);

struct ContentVerdict {
  core::Standing standing = core::Standing::unknown;
  std::string detail;
};

// Adds up the ranges, and names the first that is wrong. `otherwise` says why nothing could be compared.
ContentVerdict judge_contents(const std::vector<Compared>& all, const CompareView& view,
                              ContentFinding& finding, const std::string& otherwise);

}  // namespace outrider::recovery
