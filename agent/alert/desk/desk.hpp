// Keeps every alert, silence and message: looks, decides by the table, and puts into the outbox what is to be
// told. No I/O and no clock: what the book must learn is taken out by take_changes(), and nothing may be sent
// before written() says that it has.
#pragma once

#include "agent/alert/desk/letter.hpp"
#include "agent/alert/desk/outbox.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace outrider::alert {

struct Recipient {
  std::string name;
  core::Severity at_least = core::Severity::warning;
  bool tells_resolved = true;
  bool only_escalated = false;
  bool only_heartbeats = false;
  bool renews = false;
  std::optional<core::Duration> forgets_after;
};

class Desk {
 public:
  Desk(Settings settings, Sender sender, std::vector<Recipient> recipients);

  void restore(const durable::Book& book);

  // One look. Gives sentences for the timeline: what is told, and why.
  std::vector<std::string> look(const View& view, core::WallTime now);

  // An operator's: a sentence that says what was done, or why not. `target` is a key, an id or a pattern.
  core::Outcome<std::string> acknowledge(const std::string& target, const std::string& who,
                                         const std::string& reason, core::WallTime now);
  core::Outcome<std::string> silence(const std::string& what, core::Duration length, const std::string& who,
                                     const std::string& reason, core::WallTime now);
  core::Outcome<std::string> unsilence(const std::string& target);

  // A notifier has taken it, or will never.
  void delivered(std::size_t recipient, const notifiers::Message& message, std::string trail,
                 core::WallTime now);

  Outbox& outbox() { return outbox_; }
  const Outbox& outbox() const { return outbox_; }
  const std::vector<Recipient>& recipients() const { return recipients_; }
  const Sender& sender() const { return sender_; }

  std::vector<durable::Change> take_changes();
  void written() { outbox_.written(); }

  core::AlertsStatus status() const;  // without what only the couriers know
  std::size_t count(Phase phase) const;
  std::uint64_t overlooked() const { return overlooked_; }  // conditions for which there was no room

 private:
  void see(const View& view, core::WallTime now);
  void see_one(const Condition& condition, const std::string& root, const View& view, core::WallTime now);
  AlertView view_of(const Alert& alert, core::WallTime now) const;
  std::string act(Alert& alert, const Decision& decision, core::WallTime now);
  void tell(Alert& alert, notifiers::Stage stage, std::string note, core::WallTime now, bool quiet);
  bool concerns(const Recipient& recipient, const Alert& alert) const;
  void remind_the_forgetful(core::WallTime now);
  const Silence* silence_of(const Alert& alert, core::WallTime now) const;
  std::string note_of(const Alert& alert) const;
  void keep(const Alert& alert);

  Settings settings_;
  Sender sender_;
  std::vector<Recipient> recipients_;
  Outbox outbox_;
  std::map<std::string, Alert> alerts_;      // by key
  std::map<std::string, Silence> silences_;  // by id
  std::vector<durable::Change> changes_;
  std::map<std::string, std::string> kept_;  // how each alert stands in the book
  std::uint64_t overlooked_ = 0;
  std::uint64_t silences_made_ = 0;
  core::WallTime now_{};  // of the last look
};

}  // namespace outrider::alert
