#include "agent/sinks/posting.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace outrider::sinks {
namespace {

constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();
// So many records in a row may be refused for good while nothing is taken: beyond that it is not the records.
constexpr unsigned most_refused_in_a_row = 8;

}  // namespace

std::string_view name_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::taken: return "taken";
    case Meaning::again: return "again";
    case Meaning::held: return "held";
    case Meaning::too_large: return "too_large";
    case Meaning::bad: return "bad";
    case Meaning::refused: return "refused";
  }
  return "";
}

std::uint64_t bytes_of(const Records& records) {
  std::uint64_t bytes = 0;
  for (const telemetry::Record* record : records) bytes += record->text.size();
  return bytes;
}

core::Task<core::Outcome<Receipt>> Posting::deliver(std::span<const telemetry::BatchPointer> batches) {
  offer_.begin(batches);
  std::size_t most = any_number;
  for (Records records = offer_.next(most, most_bytes_); !records.empty();
       records = offer_.next(most, most_bytes_)) {
    core::Outcome<Posted> answer = co_await post_(records);
    if (!answer) co_return core::fail(answer.error());
    const Meaning meaning = answer->meaning;
    const bool can_split = records.size() > 1;
    if (meaning == Meaning::taken) {
      take(records.size());
      most = most > any_number / 2 ? any_number : most * 2;
    } else if (meaning == Meaning::refused) {
      for (std::size_t i = 0; i < records.size(); ++i) offer_.refused(answer->said);
    } else if (meaning == Meaning::too_large && can_split) {
      most_bytes_ = std::max<std::uint64_t>(bytes_of(records) / 2, 1);  // what it learned it keeps
    } else if (meaning == Meaning::bad && can_split) {
      most = records.size() / 2;
    } else if (meaning == Meaning::bad || meaning == Meaning::too_large) {
      const core::Outcome<> settled = co_await refuse(std::move(*answer));
      if (!settled) co_return core::fail(settled.error());
    } else {
      co_return core::fail(std::move(answer->trouble));
    }
  }
  co_return offer_.end();
}

void Posting::take(std::size_t records) {
  offer_.sent(records);
  may_refuse_ = most_refused_in_a_row;
}

// The next record, alone, is not taken. Is it the record, or would it say so of any? When nothing was taken
// for long, the records behind it are asked about, each alone, before this one is given up.
core::Task<core::Outcome<>> Posting::refuse(Posted answer) {
  if (may_refuse_ > 0) {
    --may_refuse_;
    offer_.refused(std::move(answer.said));
    co_return core::Outcome<>();
  }
  const Records next = offer_.next(1 + most_refused_in_a_row, any_number);
  std::vector<std::string> reasons{answer.said};
  for (std::size_t at = 1; at < next.size(); ++at) {
    const Records alone{next[at]};
    const core::Outcome<Posted> other = co_await post_(alone);
    if (!other) co_return core::fail(other.error());
    if (other->meaning == Meaning::taken) {
      for (std::string& reason : reasons) offer_.refused(std::move(reason));
      take(1);
      co_return core::Outcome<>();
    }
    const bool is_refused = other->meaning == Meaning::bad || other->meaning == Meaning::too_large ||
                            other->meaning == Meaning::refused;
    if (!is_refused) co_return core::fail(other->trouble);
    reasons.push_back(other->said);
  }
  core::Error error = std::move(answer.trouble);
  error.hint = "it refuses each record alone, and takes none: " + doubt_;
  co_return core::fail(std::move(error));
}

}  // namespace outrider::sinks
