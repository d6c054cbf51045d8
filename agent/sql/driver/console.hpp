// The console of a PgBouncer: it speaks PostgreSQL's protocol and is none. It has a version of its own, which
// libpqxx takes for a PostgreSQL that is too old, knows the simple protocol only, and neither settings nor
// transactions. It is asked over libpq itself.
#pragma once

#include "agent/sql/session.hpp"

#include <string>

namespace outrider::sql {

Opened open_console(const std::string& dsn);

}  // namespace outrider::sql
