#include "agent/recovery/evidence/look.hpp"

#include "agent/core/text.hpp"

namespace outrider::recovery {

core::Task<core::Outcome<Evidence>> look(sql::Connection& connection, core::Clock& clock,
                                         core::Duration limit, bool sizes) {
  const core::Instant began = clock.now();
  std::string statement = abilities_statement();
  std::vector<sql::Value> none;
  const auto abilities = co_await connection.query(std::move(statement), std::move(none), limit);
  if (!abilities) co_return core::fail("cannot ask what may be asked", abilities.error());
  const Abilities can = read_abilities(*abilities);
  if (can.version == 0)
    co_return core::fail(core::Errc::unsupported, "cannot tell the server's version",
                         "is this PostgreSQL, and not a pooler's console?");

  const core::Duration left = limit - (clock.now() - began);
  if (left <= core::Duration::zero())
    co_return core::fail(core::Errc::timed_out,
                         "cannot look at the server within " + core::show_duration(limit));
  std::string second = look_statement(can, sizes);
  std::vector<sql::Value> no_more;
  const core::Instant asked = clock.now();
  const core::WallTime asked_wall = clock.wall();
  const auto rows = co_await connection.query(std::move(second), std::move(no_more), left);
  if (!rows) co_return core::fail("cannot look at the server", rows.error());

  Evidence evidence;
  const core::Instant answered = clock.now();
  evidence.took = answered - began;
  evidence.at = asked + (answered - asked) / 2;
  evidence.taken = asked_wall + (answered - asked) / 2;
  read_look(can, *rows, evidence);
  co_return evidence;
}

}  // namespace outrider::recovery
