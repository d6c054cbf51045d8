#include "agent/sources/nginx/stub_status.hpp"

#include "agent/core/number.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace outrider::sources::nginx {
namespace {

using telemetry::MetricType;

// A word of the page: one that must stand there, or a number.
struct Word {
  std::string_view text;
  std::uint64_t StubStatus::* number = nullptr;
};

constexpr std::array<Word, 16> page_words{{
    {"Active"},
    {"connections:"},
    {"", &StubStatus::active},
    {"server"},
    {"accepts"},
    {"handled"},
    {"requests"},
    {"", &StubStatus::accepted},
    {"", &StubStatus::handled},
    {"", &StubStatus::requests},
    {"Reading:"},
    {"", &StubStatus::reading},
    {"Writing:"},
    {"", &StubStatus::writing},
    {"Waiting:"},
    {"", &StubStatus::waiting},
}};

std::string_view take_word(std::string_view& rest) {
  constexpr std::string_view blanks = " \r\n\t";
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
  rest.remove_prefix(word.size());
  return word;
}

struct Shown {
  std::string_view name;
  std::string_view help;
  MetricType type;
  std::uint64_t StubStatus::* number;
};

constexpr std::array<Shown, 7> families{{
    {"nginx_connections_accepted", "Accepted client connections", MetricType::counter, &StubStatus::accepted},
    {"nginx_connections_active", "Active client connections", MetricType::gauge, &StubStatus::active},
    {"nginx_connections_handled", "Handled client connections", MetricType::counter, &StubStatus::handled},
    {"nginx_connections_reading", "Connections where NGINX is reading the request header", MetricType::gauge,
     &StubStatus::reading},
    {"nginx_connections_waiting", "Idle client connections", MetricType::gauge, &StubStatus::waiting},
    {"nginx_connections_writing", "Connections where NGINX is writing the response back to the client",
     MetricType::gauge, &StubStatus::writing},
    {"nginx_http_requests_total", "Total http requests", MetricType::counter, &StubStatus::requests},
}};

}  // namespace

core::Outcome<StubStatus> read_stub_status(std::string_view page) {
  StubStatus status;
  for (const Word& word : page_words) {
    const std::string_view found = take_word(page);
    const auto number = word.number ? core::read_number<std::uint64_t>(found) : std::nullopt;
    if (number) {
      status.*word.number = *number;
    } else if (word.number || found != word.text) {
      return core::fail(core::Errc::corrupt, "its answer is no page of stub_status",
                        "let `url` lead to a location that has `stub_status;` and nothing else");
    }
  }
  if (take_word(page).empty()) return status;
  return core::fail(core::Errc::corrupt, "its page of stub_status goes on with something else");
}

void put_up(telemetry::FamilyWriter& out, bool is_up) {
  out.put(out.family("nginx_up", MetricType::gauge, "Status of the last metric scrape"), is_up ? 1 : 0);
}

void put_status(telemetry::FamilyWriter& out, const StubStatus& status) {
  for (const auto& [name, help, type, number] : families) {
    out.put(out.family(name, type, help), static_cast<double>(status.*number));
  }
}

}  // namespace outrider::sources::nginx
