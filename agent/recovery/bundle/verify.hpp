// Whether a bundle is what was made: its signature, each digest and link, its part of the audit journal, and
// that everything it concludes follows from what it holds. Needs nothing but the bundle: no agent, no
// configuration. Pure.
#pragma once

#include "agent/recovery/bundle/bundle.hpp"
#include "agent/seal/envelope.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

// What a line of the audit journal says of its place in the chain.
struct ChainedLine {
  std::uint64_t sequence = 0;
  std::string previous, hash;
  bool fits = false;  // the hash is the line's own
};
using ReadChained = std::function<core::Outcome<ChainedLine>(std::string_view line)>;

enum class Proof {
  holds,        // exit code 0
  altered,      // 2: something is not as it was signed, or does not follow from the rest
  cannot_tell,  // 3: it is no bundle, not signed, or signed by another key than the one asked for
};

struct BundleProof {
  Proof proof = Proof::cannot_tell;
  std::vector<std::string> faults;   // the first says it best
  std::vector<std::string> remarks;  // worth knowing, but no fault
  std::string key_name;              // who signed it; empty: nobody
  bool pinned = false;               // and that was asked for
  std::optional<Bundle> bundle;      // what could be read of it, also of one that was altered

  std::string sentence() const;
  int code() const;
};

// `page`: what lies beside it as bundle.html; none: nothing does.
BundleProof verify_bundle(std::string_view text, const seal::Pin& pin, const ReadChained& read_chained,
                          const std::optional<std::string>& page);

}  // namespace outrider::recovery
