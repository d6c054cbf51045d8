// pg_stat_statements: the dearest statements each for itself, and all others as one. Pure.
#pragma once

#include "agent/sources/postgres/questions/questions.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace outrider::sources::postgres {

// Gives the `most` dearest, and in a last row without a user the sum of all.
std::string statements_question(int version, std::uint32_t most);

// Counters that never fall, though who is among the dearest changes.
class Statements {
 public:
  explicit Statements(std::uint32_t most) : most_(most) {}

  // The answer for twice as many as are shown.
  void see(const sql::Rows& rows);
  void put(telemetry::FamilyWriter& out, const Server& server) const;

 private:
  using Key = std::array<std::string, 3>;  // user, database, query
  using Counts = std::array<double, 5>;

  void choose(const std::map<Key, Counts>& dearest, const std::vector<Key>& by_rank);
  void count_others(const std::map<Key, Counts>& dearest, const Counts& total);

  std::uint32_t most_;
  std::map<Key, Counts> shown_;
  std::set<Key> joined_;
  Counts total_{};
  Counts others_{};
};

}  // namespace outrider::sources::postgres
