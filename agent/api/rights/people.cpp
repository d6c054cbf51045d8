#include "agent/api/rights/people.hpp"

#include "agent/core/text.hpp"
#include "agent/net/serving/peer.hpp"
#include "agent/seal/digest.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::api {
namespace {

using core::Errc;

constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_token = 512;

using Listed = std::pair<std::string, Person>;

template <class Is>
const Listed* find(const Rights& rights, Is is) {
  const auto found = std::find_if(rights.people.begin(), rights.people.end(),
                                  [&](const Listed& one) { return is(one.second); });
  return found == rights.people.end() ? nullptr : &*found;
}

bool has_tokens(const Rights& rights) {
  return find(rights, [](const Person& person) { return !person.token_sha256.empty(); }) != nullptr;
}

bool one_clean_line(std::string_view text) {
  return core::clean_utf8(text) == text &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// "Bearer TOKEN", or "Basic base64(anything:TOKEN)" as a browser sends it.
std::optional<std::string> token_of(const net::Call& call) {
  const std::string_view header = trimmed(net::header(call.headers, "Authorization"));
  const auto space = header.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = header.substr(0, space);
  const std::string_view rest = trimmed(header.substr(space));
  if (net::same_word(scheme, "Bearer")) return std::string(rest);
  if (!net::same_word(scheme, "Basic") || rest.size() > 2 * longest_token) return std::nullopt;
  const auto plain = seal::decode(rest, seal::Letters::base64);
  const auto colon = plain ? plain->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return plain->substr(colon + 1);
}

Refusal stranger(const net::Call& call, std::string why, std::string hint) {
  return {401, core::Error(Errc::denied, std::move(why), std::move(hint)), call.peer, true};
}

tl::expected<Caller, Refusal> admit(const net::Call& call, const Listed& listed, Caller caller,
                                    core::WallTime now) {
  const auto& [name, person] = listed;
  if (person.expires && now >= *person.expires) {
    return tl::unexpected(stranger(
        call, fmt::format("cannot let {} in: it has expired on {}", name, core::show_time(*person.expires)),
        "outrider token makes a new one"));
  }
  caller.role = person.role;
  caller.only = person.only;
  return caller;
}

tl::expected<Caller, Refusal> by_token(const Rights& rights, const net::Call& call, const std::string& token,
                                       core::WallTime now) {
  // Hashes are compared, so that how long it takes tells nothing of the token.
  const std::string hash = token.size() > longest_token ? std::string() : seal::sha256(token);
  const Listed* const listed =
      find(rights, [&](const Person& one) { return !hash.empty() && one.token_sha256 == hash; });
  if (listed == nullptr) {
    return tl::unexpected(stranger(call, "cannot let that token in: nobody here has it",
                                   "api.people has the SHA-256 of those that are known"));
  }
  return admit(call, *listed, {fmt::format("{} (token)", listed->first), Door::token, {}, {}}, now);
}

tl::expected<Caller, Refusal> by_socket(const Rights& rights, const net::Call& call, core::WallTime now) {
  const std::string_view claimed = trimmed(net::header(call.headers, "X-Outrider-Operator"));
  const std::string peer = call.peer.empty() ? "local socket" : call.peer;
  if (claimed.size() > longest_name || !one_clean_line(claimed)) {
    return tl::unexpected(
        Refusal{400,
                core::Error(Errc::invalid, "cannot take that operator name",
                            fmt::format("X-Outrider-Operator is one line of at most {} bytes", longest_name)),
                peer, false});
  }
  const auto user = net::user_of(call.peer);
  const Listed* const listed = find(rights, [&](const Person& one) { return one.user && user == one.user; });
  const std::string_view name = listed != nullptr ? std::string_view(listed->first) : claimed;
  Caller caller{
      name.empty() ? peer : fmt::format("{} ({})", name, peer), Door::socket, rights.on_the_socket, {}};
  if (listed == nullptr) return caller;
  return admit(call, *listed, std::move(caller), now);
}

tl::expected<Caller, Refusal> by_certificate(const Rights& rights, const net::Call& call,
                                             core::WallTime now) {
  const Listed* const listed =
      find(rights, [&](const Person& one) { return one.certificate == call.client_name; });
  Caller caller{core::clean_utf8(call.client_name), Door::certificate, {}, {}};
  // Where nobody is listed, whom the authority has signed may do everything; else they are guests.
  caller.role = rights.people.empty() ? Role::commander : Role::viewer;
  if (listed == nullptr) return caller;
  return admit(call, *listed, std::move(caller), now);
}

}  // namespace

tl::expected<Caller, Refusal> who_calls(const Rights& rights, const net::Call& call, core::WallTime now) {
  if (const auto token = token_of(call)) return by_token(rights, call, *token, now);
  if (call.local_socket) return by_socket(rights, call, now);
  if (!call.client_name.empty()) return by_certificate(rights, call, now);
  return Caller{call.peer, Door::nobody, {}, {}};
}

std::optional<Refusal> forbidden(const Rights& rights, const Caller& caller, Right right,
                                 std::string_view area) {
  if (right == Right::none) return std::nullopt;
  if (!caller.role) {
    if (right == Right::look && rights.open_to_look) return std::nullopt;
    const bool tokens = has_tokens(rights);
    const char* const what = right == Right::look
                                 ? "cannot show this to just anybody: say who you are"
                                 : "cannot change anything over this connection: it is read-only";
    const char* const how =
        tokens ? "send a token (Authorization: Bearer …; outrider --token-file FILE), or use the agent's "
                 "local socket, or a client certificate"
               : "use the agent's local socket (outrider restart, outrider reload), or TLS with a "
                 "client certificate that api.tls.client_authority has signed";
    return Refusal{tokens ? 401 : 403, core::Error(Errc::denied, what, how), caller.name,
                   right != Right::look};
  }
  if (!may(*caller.role, right)) {
    return Refusal{403,
                   core::Error(Errc::denied,
                               fmt::format("cannot do that as {}: a {} has not the right to {}", caller.name,
                                           name_of(*caller.role), name_of(right)),
                               "api.people says who may do what"),
                   caller.name, true};
  }
  const bool limited = right > Right::watch && !caller.only.empty();
  if (limited && std::find(caller.only.begin(), caller.only.end(), area) == caller.only.end()) {
    return Refusal{403,
                   core::Error(Errc::denied, fmt::format("cannot do that as {}: it is for {} only",
                                                         caller.name, fmt::join(caller.only, ", "))),
                   caller.name, true};
  }
  return std::nullopt;
}

}  // namespace outrider::api
