// The shelf of notifiers: how people hear of an alert. A notifier delivers one message or says why not;
// queues, trying again, limits and what is told to whom are the alert room's. An entry is a folder with
// entry.cpp.
#pragma once

#include "agent/config/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/net/http.hpp"
#include "agent/net/streams/stream.hpp"
#include "agent/notifiers/message.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::notifiers {

// What a notifier may use. Everything outlives it and belongs to the decide river.
struct Tools {
  core::Clock& clock;
  net::Client& http;
  net::StreamClient& streams = net::no_streams();
};

enum class Hope {
  again,  // not now: nobody answers, or it is busy
  mend,   // not as we are configured: somebody must look, then it goes on
  never,  // it will not take this message, whatever happens
};

// Why a message did not arrive.
struct Trouble {
  core::Error error;
  Hope hope = Hope::again;
  std::optional<core::Duration> wait;  // it asks to be left alone for so long
};

struct Receipt {
  std::string said;      // "message 1700000000.000100 in #alerts", for people
  std::string trail;     // handed in again with the next message of this alert: what to renew, whom to answer
  std::string missed{};  // whom it did not reach, although others have it: a sentence, or empty
};

using Delivery = tl::expected<Receipt, Trouble>;

class Notifier {
 public:
  Notifier() = default;
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;
  virtual ~Notifier() = default;

  virtual std::string target() const = 0;  // "slack #alerts": without secrets

  // Within its own limits; it must not wait for the other side to get well. `trail` is that of the last
  // receipt of this alert, or empty. The same message may come again after a crash: the other side can tell
  // by its id.
  virtual core::Task<Delivery> deliver(Message message, std::string trail) = 0;

  // The other side takes an alert for over when it has not heard of it for so long; nothing: it does not.
  virtual std::optional<core::Duration> forgets_after() const { return std::nullopt; }
  // It can change what it has said, so a quiet message makes sense.
  virtual bool renews() const { return false; }
};

struct Plan {
  std::string kind;  // "slack"
  std::string name;  // by which it is called in the configuration and shown; the kind when left out
  core::Severity at_least = core::Severity::warning;
  bool tells_resolved = true;
  core::Duration gap{};  // between two messages, as the other side wants it
  bool takes_heartbeats = false;
  bool only_heartbeats = false;  // is there for nothing else
  std::function<std::unique_ptr<Notifier>(const Tools&)> make;
};

using Entry = config::ShelfEntry<Plan>;  // in `notify`: {slack: …}
using Shelf = config::Shelf<Entry>;

void fill(Shelf& shelf);

}  // namespace outrider::notifiers
