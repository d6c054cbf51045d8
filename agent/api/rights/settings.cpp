#include "agent/api/rights/settings.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/core/text.hpp"
#include "agent/seal/digest.hpp"

#include <array>
#include <limits>

namespace outrider::api {
namespace {

std::optional<core::WallTime> day_or_time(const std::string& text) {
  return core::read_time(text.size() == 10 ? text + "T00:00:00Z" : text);
}

config::Kind<std::optional<core::WallTime>> moment() {
  const std::function<std::optional<std::string>(const std::string&)> judge =
      [](const std::string& text) -> std::optional<std::string> {
    if (day_or_time(text)) return std::nullopt;
    return "must be a day or a time: 2027-01-31, 2027-01-31T08:00:00Z";
  };
  const std::function<std::optional<core::WallTime>(std::string)> read = day_or_time;
  return config::text_matching(1, 40).check(judge).as<std::optional<core::WallTime>>(read);
}

config::Kind<std::string> hash() {
  const std::function<std::optional<std::string>(const std::string&)> judge =
      [](const std::string& text) -> std::optional<std::string> {
    if (seal::is_sha256(text)) return std::nullopt;
    return "must be a SHA-256, 64 hexadecimal digits in lower case: outrider token makes a token and shows "
           "it";
  };
  return config::text_matching(1, 128).check(judge);
}

config::Kind<std::optional<std::uint32_t>> user() {
  const std::function<std::optional<std::uint32_t>(std::int64_t)> narrow = [](std::int64_t number) {
    return std::optional(static_cast<std::uint32_t>(number));
  };
  return config::whole(0, std::numeric_limits<std::uint32_t>::max()).as<std::optional<std::uint32_t>>(narrow);
}

config::Kind<std::string> area() {
  std::vector<std::pair<std::string, std::string>> words;
  for (const std::string_view word : areas) words.emplace_back(word, word);
  return config::choice<std::string>(std::move(words));
}

std::optional<config::Complaint> nobody_can_be(const Person& person) {
  if (!person.certificate.empty() || !person.token_sha256.empty() || person.user) return std::nullopt;
  return config::Complaint{"role", "nobody can be this person: give `certificate`, `token_sha256` or `user`"};
}

}  // namespace

config::Kind<Role> role_kind() {
  std::vector<std::pair<std::string, Role>> words;
  for (std::size_t i = 0; i < role_count; ++i) {
    const auto role = static_cast<Role>(i);
    words.emplace_back(name_of(role), role);
  }
  return config::choice<Role>(std::move(words));
}

config::Kind<bool> looking_kind() { return config::choice<bool>({{"everybody", true}, {"people", false}}); }

config::Kind<People> people_kind() {
  const auto person =
      config::Object<Person>()
          .required("role", &Person::role, role_kind(),
                    "viewer looks; auditor also at who did what; responder acknowledges and silences; "
                    "operator restarts, "
                    "reloads, drills; commander also beyond budget and gate")
          .optional("certificate", &Person::certificate, config::text_matching(1, 128),
                    "the common name of their client certificate")
          .optional("token_sha256", &Person::token_sha256, hash(),
                    "the SHA-256 of their token: outrider token makes one")
          .optional("user", &Person::user, user(),
                    "their number on this machine: who they are on the local socket")
          .optional("expires", &Person::expires, moment(), "from then on they are nobody: 2027-01-31")
          .optional("only", &Person::only, config::list_of(area(), 1, areas.size()),
                    "the commands that they may give; left out: all that the role may")
          .rule(nobody_can_be)
          .kind();
  return config::map_of(person, config::Names::slug);
}

}  // namespace outrider::api
