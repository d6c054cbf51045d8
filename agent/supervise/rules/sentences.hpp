// What a row of the table says: log line, timeline, audit reason and metric's meaning alike.
#pragma once

#include "agent/supervise/decide.hpp"

#include <string>

namespace outrider::supervise::rules {

std::string is_well(const View& view, core::Instant now);
std::string ends_with_us(const View& view, core::Instant now);
std::string left_running(const View& view, core::Instant now);
std::string over(const View& view, core::Instant now);
std::string waits_to_ask(const View& view, core::Instant now);
std::string asks_again(const View& view, core::Instant now);
std::string follows(const View& view, core::Instant now);
std::string stays_ended(const View& view, core::Instant now);
std::string would_start(const View& view, core::Instant now);
std::string breaker_opens(const View& view, core::Instant now);
std::string backs_off(const View& view, core::Instant now);
std::string no_budget(const View& view, core::Instant now);
std::string as_asked(const View& view, core::Instant now);
std::string not_for_a_dependency(const View& view, core::Instant now);
std::string spared(const View& view, core::Instant now);
std::string not_in_maintenance(const View& view, core::Instant now);
std::string not_while_frozen(const View& view, core::Instant now);
std::string stays_down_meanwhile(const View& view, core::Instant now);
std::string needs_a_human(const View& view, core::Instant now);
std::string may_not_end_it(const View& view, core::Instant now);
std::string without_lease(const View& view, core::Instant now);
std::string asked_without_lease(const View& view, core::Instant now);
std::string asks_for_lease(const View& view, core::Instant now);
std::string recreated(const View& view, core::Instant now);
std::string would_restart(const View& view, core::Instant now);
std::string sick_without_budget(const View& view, core::Instant now);
std::string sick_but_early(const View& view, core::Instant now);
std::string sick_unaudited(const View& view, core::Instant now);
std::string mends_it(const View& view, core::Instant now);
std::string not_on_unknown(const View& view, core::Instant now);
std::string gets_up(const View& view, core::Instant now);
std::string first_start(const View& view, core::Instant now);
std::string never_began(const View& view, core::Instant now);
std::string down_again(const View& view, core::Instant now);
std::string too_slow(const View& view, core::Instant now);
std::string has_time(const View& view, core::Instant now);
std::string unkillable(const View& view, core::Instant now);
std::string start_again(const View& view, core::Instant now);
std::string tries_again(const View& view, core::Instant now);
std::string waits(const View& view, core::Instant now);
std::string lies(const View& view, core::Instant now);

}  // namespace outrider::supervise::rules
