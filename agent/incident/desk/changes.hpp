// What was changed lately, since that is what most incidents come from; and what the agent before us ran
// with, so that a change made while none was there is seen as well. Kept as a small file.
#pragma once

#include "agent/incident/kept/incident.hpp"

#include <deque>
#include <string>
#include <vector>

namespace outrider::incident {

class Changes {
 public:
  static constexpr core::Duration counts_for = std::chrono::minutes(15);

  void add(Remark change);
  // Those of the last minutes before `when`.
  std::vector<Remark> before(core::WallTime when) const;

  // What there is now of something that is watched: "version", "configuration", "deployment". A change is
  // added when it is another than before; the first one is none. True when something is new.
  bool now(const std::string& what, const std::string& value, core::WallTime when);

  std::string to_json() const;
  void read(std::string_view json);  // what cannot be read is nothing

 private:
  std::deque<Remark> changes_;  // oldest first
  std::vector<std::pair<std::string, std::string>> known_;
};

}  // namespace outrider::incident
