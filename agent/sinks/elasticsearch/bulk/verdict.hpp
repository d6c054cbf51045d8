// What an answer means for the records it speaks of: the whole table in one place, pure.
#pragma once

#include "agent/sinks/elasticsearch/bulk/answer.hpp"

#include <string_view>

namespace outrider::sinks::elasticsearch {

enum class Fate {
  created,
  duplicate,  // it was there before
  again,      // it may be taken soon
  hold,       // not before somebody mends something; never given up
  refused,    // never, as it is
};

std::string_view name_of(Fate fate);

struct Verdict {
  Fate fate = Fate::again;
  std::string_view hint;  // what would mend it
};

Verdict judge(const Item& item);

// Of a request as a whole.
enum class Reading {
  items,      // each item has its own answer
  again,      // it may be taken soon; nothing of it was done
  doubtful,   // whether it was done is not known
  too_large,  // half of it may be taken
  malformed,  // some document in it breaks it
  hold,
};

struct WholeVerdict {
  Reading reading = Reading::doubtful;
  std::string_view hint;
};

WholeVerdict judge_whole(int status, const Refusal& refusal);

}  // namespace outrider::sinks::elasticsearch
