// Who is calling, and what they may do. Pure: the time comes in with every question.
//   The local socket: what the kernel says of the peer, with the name it gives itself in X-Outrider-Operator.
//   TLS with a verified client certificate: the certificate's subject; the header is not believed.
//   A token (Authorization: Bearer …, or the password of Basic): only its SHA-256 is known here.
#pragma once

#include "agent/api/rights/role.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/net/http.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::api {

struct Person {
  Role role = Role::viewer;
  std::string certificate;            // the common name of their client certificate
  std::string token_sha256;           // 64 hexadecimal digits
  std::optional<std::uint32_t> user;  // their number on this machine, as the local socket knows them
  std::optional<core::WallTime> expires;
  std::vector<std::string> only;  // areas; empty: whatever the role may
};

using People = std::vector<std::pair<std::string, Person>>;  // by name

struct Rights {
  People people;
  Role on_the_socket = Role::commander;  // whoever the kernel lets open it, and who is not listed
  bool open_to_look = true;              // without saying who one is
};

enum class Door { nobody, socket, certificate, token };

struct Caller {
  std::string name;  // under which it is audited
  Door door = Door::nobody;
  std::optional<Role> role;  // nothing: nobody in particular
  std::vector<std::string> only;
};

// Not let in: 401 says that we do not know who it is, 403 that we do.
struct Refusal {
  int status = 403;
  core::Error error;
  std::string who;
  bool audited = true;  // not when somebody only did not say who they are
};

// An Error only for who claims to be somebody and is not: a wrong or expired token, a name that is no name.
tl::expected<Caller, Refusal> who_calls(const Rights& rights, const net::Call& call, core::WallTime now);

// Nothing when the caller may; `area` matters only where something is changed.
std::optional<Refusal> forbidden(const Rights& rights, const Caller& caller, Right right,
                                 std::string_view area);

}  // namespace outrider::api
