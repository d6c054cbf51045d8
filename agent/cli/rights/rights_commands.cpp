// Who may do what: a new token for somebody, and who oneself is to the agent.
#include "agent/cli/agent_link.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/core/text.hpp"
#include "agent/seal/digest.hpp"

#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::cli {
namespace {

namespace json = boost::json;
using core::Errc;
using namespace std::chrono_literals;

constexpr std::size_t token_bytes = 32;
constexpr core::Duration short_limit = 5s;

// As api.people takes it.
std::string lines_for(const Setting& setting, std::string_view hash) {
  std::string lines = fmt::format("api:\n  people:\n    {}:\n      role: {}\n      token_sha256: {}\n",
                                  setting.line.value("name").value_or("somebody"),
                                  setting.line.value("role").value_or("viewer"), hash);
  if (const auto day = setting.line.value("expires")) lines += fmt::format("      expires: \"{}\"\n", *day);
  return lines;
}

std::vector<std::string> words_in(const json::object& answer, const char* key) {
  std::vector<std::string> words;
  const auto* const list = answer.if_contains(key);
  if (list == nullptr || !list->is_array()) return words;
  for (const auto& item : list->get_array()) {
    if (const auto* const word = item.if_string()) words.push_back(printable({word->data(), word->size()}));
  }
  return words;
}

std::string word_in(const json::object& answer, const char* key) {
  const auto* const value = answer.if_contains(key);
  const auto* const word = value == nullptr ? nullptr : value->if_string();
  return word == nullptr ? std::string() : printable({word->data(), word->size()});
}

core::Task<void> ask_who(const Setting& setting, AgentLink& link, int& code) {
  const auto answer = co_await link.get("/api/v1/whoami", short_limit);
  if (!answer) {
    code =
        report(setting, answer.error(), answer.error().code == Errc::denied ? exit_critical : exit_unknown);
    co_return;
  }
  code = exit_ok;
  if (setting.line.json()) {
    setting.terminal.out() << json::serialize(*answer) << "\n" << std::flush;
    co_return;
  }
  const std::string role = word_in(*answer, "role");
  const auto only = words_in(*answer, "only");
  setting.terminal.out() << fmt::format("{}: {}\nmay {}{}\n", word_in(*answer, "name"),
                                        role.empty() ? "nobody in particular" : role,
                                        fmt::join(words_in(*answer, "may"), ", "),
                                        only.empty() ? "" : fmt::format(" (only {})", fmt::join(only, ", ")))
                         << std::flush;
}

}  // namespace

int token(const Setting& setting) {
  const auto expires = setting.line.value("expires");
  if (expires && !core::read_time(expires->size() == 10 ? *expires + "T00:00:00Z" : *expires)) {
    return report(setting,
                  core::Error(Errc::invalid, "cannot take --expires " + *expires, "a day: 2027-01-31"),
                  exit_usage);
  }
  const auto bytes = seal::random_bytes(token_bytes);
  if (!bytes) return report(setting, bytes.error(), exit_unknown);
  const std::string made = "outrider_" + seal::encode(*bytes, seal::Letters::base64url);
  const std::string hash = seal::sha256(made);
  if (setting.line.json()) {
    const json::object body{
        {"schema", 1}, {"token", made}, {"sha256", hash}, {"configuration", lines_for(setting, hash)}};
    setting.terminal.out() << json::serialize(body) << "\n" << std::flush;
    return exit_ok;
  }
  setting.terminal.out() << made << "\n" << std::flush;
  setting.terminal.err()
      << "\nThat is the token, shown this once: outrider keeps only its SHA-256. For the configuration:\n\n"
      << lines_for(setting, hash)
      << "\nUse it by --token-file FILE or $OUTRIDER_TOKEN_FILE, or as Authorization: Bearer …\n"
      << std::flush;
  return exit_ok;
}

int whoami(const Setting& setting) {
  return talk(setting, [&](AgentLink& link, int& code) { return ask_who(setting, link, code); });
}

}  // namespace outrider::cli
