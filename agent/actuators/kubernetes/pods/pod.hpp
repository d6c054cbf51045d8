// What the API server says of one pod, as far as it is needed. Pure.
#pragma once

#include "agent/actuators/elsewhere.hpp"
#include "agent/core/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>

#include <boost/json/object.hpp>

namespace outrider::actuators::kubernetes {

struct Pod {
  std::string name;
  std::string uid;
  std::string created;  // RFC 3339, so that what is smaller is older
  std::string phase;    // "Pending", "Running", "Succeeded", "Failed"
  std::string snag;     // why it does not get on: "CrashLoopBackOff", "0/3 nodes are available: …"
  // Of its controller, who makes another one when it is gone; empty: nobody does.
  std::string owner_kind;
  std::string owner_name;
  std::string owner_uid;
  std::int64_t grace_seconds = 30;
  std::int64_t restarts = 0;  // of its containers, by the kubelet
  bool leaving = false;       // it was deleted, and its containers are being ended
  bool runs = false;          // all of its containers that count do
  bool ready = false;
  std::optional<os::Exit> last;  // how a container that counts has ended, the last time that one did

  bool is_made_again() const;
};

// `container`: the one that counts; empty: each. An Error also when nobody knows how it is.
core::Outcome<Pod> read_pod(const boost::json::object& object, const std::string& container);

// "is running, not ready", "is pending: 0/3 nodes are available"
std::string sentence_about(const Pod& pod);

// As every Place says it.
Seen seen_of(const Pod& pod);

}  // namespace outrider::actuators::kubernetes
