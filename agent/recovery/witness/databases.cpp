#include "agent/recovery/witness/databases.hpp"

#include <array>

namespace outrider::recovery {
namespace {

// What a server says when its files are not as it left them, whatever SQLSTATE goes with it.
constexpr std::array<std::string_view, 9> broken_words = {
    "could not open file",  "could not read block", "invalid page",
    "missing chunk",        "compressed",           "could not access status",
    "invalid memory alloc", "unexpected zero page", "cache lookup failed"};

}  // namespace

core::Task<core::Outcome<std::vector<std::string>>> databases(WitnessTools tools) {
  auto connected = co_await tools.ground.connect("postgres", tools.limit);
  if (!connected) co_return core::fail(connected.error());
  auto rows =
      co_await (*connected)
          ->ask("SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname = 'template1', datname",
                tools.limit);
  if (!rows) co_return core::fail(rows.error());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < rows->rows.size(); ++i) names.push_back(rows->text(i, "datname").value_or(""));
  co_return names;
}

core::Standing standing_of(const core::Error& error) {
  if (error.code == core::Errc::corrupt) return core::Standing::not_ok;
  for (const auto words : broken_words) {
    if (error.what.find(words) != std::string::npos) return core::Standing::not_ok;
  }
  return core::Standing::unknown;
}

}  // namespace outrider::recovery
