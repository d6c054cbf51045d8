// What a cluster, or whoever sits before it, says to a bulk request and to a look for what is in doubt.
#include "agent/lines/json.hpp"
#include "agent/sinks/elasticsearch/bulk/answer.hpp"
#include "agent/sinks/elasticsearch/bulk/verdict.hpp"
#include "agent/sinks/elasticsearch/doubt/generations.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>

namespace outrider::fuzz {

using namespace sinks::elasticsearch;

void bulk_answer(std::string_view bytes) {
  if (const auto answer = read_answer(bytes)) {
    std::vector<lines::Member> members, items;
    must(lines::scan_object(bytes, members), "only a whole JSON object is an answer");
    const auto list = std::ranges::find(members, "items", &lines::Member::key);
    must(list != members.end() && lines::scan_list(list->value, items), "an answer has a list of items");
    must(items.size() == answer->items, "each item is counted once");
    std::size_t next = 0;
    for (const Item& item : answer->notable) {
      must(item.place >= next && item.place < answer->items, "items come in their order");
      next = item.place + 1;
      must(item.status >= 100 && item.status <= 999, "a status is a status");
      const Fate fate = judge(item).fate;
      must(fate != Fate::refused || !item.reason.empty() || item.status == 400, "a refusal has a reason");
      must(fate != Fate::created || item.status < 300, "only a yes is a yes");
    }
  }
  const Refusal refusal = read_refusal(bytes);
  must(refusal.text().size() < 10'000, "a sentence stays a sentence");
  if (const auto generations = read_generations(bytes); generations && !generations->empty()) {
    const auto held = may_hold(*generations, {}, {});
    must(held.size() < generations->size(), "the newest is never looked in");
  }
}

}  // namespace outrider::fuzz
