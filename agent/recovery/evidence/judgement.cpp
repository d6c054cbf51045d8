#include "agent/recovery/evidence/judgement.hpp"

#include <algorithm>

namespace outrider::recovery {

Severity worst_of(const Judgements& judgements) {
  Severity worst = Severity::fine;
  for (const Judgement& judgement : judgements) worst = std::max(worst, judgement.severity);
  return worst;
}

}  // namespace outrider::recovery
