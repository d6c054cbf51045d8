// What had left the machine, compared with what is here: whoever can write both the trail and its head can
// cut off both, but not what Elasticsearch holds by then. Blocks; changes nothing.
#pragma once

#include "agent/audit/verify.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::audit {

struct Comparison {
  std::uint64_t compared = 0;  // lines that name an entry
  std::uint64_t others = 0;    // lines that do not
  std::uint64_t newest = 0;    // the highest number among them
  std::vector<Fault> faults;   // "entry 7 is another one than what was carried away"
};

// `carried` has a JSON object a line, each with `seq` and `hash`: the trail's own lines, documents as they
// were sent, or hits of a search, with the document under `_source`.
core::Outcome<Comparison> compare(os::Files& files, const std::string& directory, std::string_view carried);

}  // namespace outrider::audit
