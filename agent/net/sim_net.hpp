// A network that exists only in memory and in virtual time: named hosts with handlers, latency and faults
// that are switched at run time. What the rooms see, texts and codes included, is what the real Client and
// Dialer would tell them.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/net/http.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace outrider::net {

enum class Trouble {
  none,
  refuse,     // nobody listens
  hang,       // connects, then never answers
  slow,       // answers after `delay` more
  status,     // answers with `status` and no body, whatever was asked
  partition,  // packets vanish: not even a connection
  garbage,    // answers with what is not HTTP
  cut,        // hangs up in the middle of the answer
};

struct Fault {
  Trouble trouble = Trouble::none;
  core::Duration delay{};
  int status = 503;
};

class SimNet {
 public:
  using Answerer = std::function<Response(const Call&)>;

  explicit SimNet(core::Clock& clock) : clock_(clock) {}  // outlives the net

  // `address` as in URLs: "127.0.0.1:8080", "unix:/run/x.sock". Replaces a host of that address.
  void add_host(const std::string& address, Answerer answer,
                core::Duration latency = std::chrono::milliseconds(1));
  void remove_host(const std::string& address);  // its address refuses from now on
  // For what begins from now on; an exchange that hangs already does so until its limit.
  void set_fault(const std::string& address, Fault fault);

  std::uint64_t asked(const std::string& address) const;  // exchanges and touches that reached for it

  // Each borrows from this net.
  std::unique_ptr<Client> make_client();
  std::unique_ptr<Dialer> make_dialer();

 private:
  friend class SimClient;
  friend class SimDialer;

  struct Host {
    Answerer answer;  // empty: nobody listens
    core::Duration latency{};
    Fault fault;
    std::uint64_t asked = 0;
  };

  struct Way;
  core::Task<core::Outcome<>> connect(Way& way);
  core::Task<core::Outcome<Response>> exchange(const Request& request, const std::string& target, Way& way);

  core::Clock& clock_;
  std::map<std::string, Host> hosts_;
};

}  // namespace outrider::net
