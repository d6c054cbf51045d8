// What a DSN says, as libpq reads it, about whom it leads to.
#pragma once

#include <string>
#include <string_view>

namespace outrider::sources {

// "host:port", as postgres_exporter names a server.
std::string server_of(std::string_view dsn);

// The value of a word in "host=/run/postgresql port=5432"; empty: it has none.
std::string value_in_dsn(std::string_view dsn, std::string_view key);

}  // namespace outrider::sources
