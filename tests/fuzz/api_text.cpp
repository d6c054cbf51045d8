// The bodies of writes that reach the API, and the answers that the command line reads and shows.
#include "agent/api/guard.hpp"
#include "agent/cli/show/show.hpp"
#include "agent/cli/show/status_reader.hpp"
#include "agent/telemetry/utf8.hpp"
#include "tests/fuzz/target.hpp"

#include <optional>
#include <sstream>
#include <string>

#include <boost/json/parse.hpp>

namespace outrider::fuzz {
namespace {

// Nothing foreign may move the cursor, ring the bell or hide text in somebody's terminal.
void check_shown(std::string_view text) {
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    must(c == '\n' || (code >= 0x20 && code != 0x7f), "a terminal gets no control characters");
  }
}

}  // namespace

void api_text(std::string_view bytes) {
  const auto write = api::read_write_request(bytes, take_choice(bytes, 2) == 0);
  if (write) must(!write->reason.empty(), "a write has a reason");
  boost::json::error_code problem;
  const auto value = boost::json::parse(bytes, problem);
  if (problem || !value.is_object()) return;
  std::ostringstream out, err;
  const auto no_variables = [](const std::string&) { return std::optional<std::string>(); };
  const cli::Terminal terminal(out, err, no_variables, false);
  check_shown(cli::show_event(cli::read_event(value.as_object()), terminal));
  const auto status = cli::read_status(value.as_object());
  if (status) check_shown(cli::show_status(*status, terminal));
}

}  // namespace outrider::fuzz
