#include "agent/pipeline/intake/left_out.hpp"

#include <stdexcept>

namespace outrider::pipeline {

Reason reason_of(transforms::Onward why) {
  switch (why) {
    case transforms::Onward::yes: break;
    case transforms::Onward::filtered: return Reason::filtered;
    case transforms::Onward::sampled: return Reason::sampled;
    case transforms::Onward::rate_limited: return Reason::rate_limited;
    case transforms::Onward::routed: return Reason::routed;
  }
  throw std::logic_error("what goes on is not left out");
}

void count_left_out(const transforms::LeftOut& some, Account& account) {
  const Amount amount{some.records, some.bytes};
  account.read(amount);
  account.dropped(amount, reason_of(some.why));
}

void count_routed(const telemetry::Share& share, Account& account) {
  if (share.other_records == 0) return;
  const Amount amount{share.other_records, share.other_bytes};
  account.read(amount);
  account.dropped(amount, Reason::routed);
}

}  // namespace outrider::pipeline
