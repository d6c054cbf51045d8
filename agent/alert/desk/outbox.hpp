// What is to be told to each notifier: at most one message waits for a notifier and an alert, since a newer
// one says more. Bounded; what is given up is counted. Plain data, no I/O: what changes is handed to the book
// by the desk.
#pragma once

#include "agent/alert/desk/record.hpp"
#include "agent/durable/book.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::alert {

enum class Fate { delivered, superseded, refused, given_up };
inline constexpr std::size_t fate_count = 4;
std::string_view name_of(Fate fate);

class Outbox {
 public:
  Outbox(std::vector<std::string> names, core::Duration give_up_after);

  void restore(const durable::Book& book);

  // Takes the place of what waits for this notifier and alert. `changes` gets what the book must learn.
  void put(std::size_t notifier, notifiers::Message message);
  // What was taken by take_changes() is written down, and may be sent.
  void written();

  // The oldest that may be sent; null: none.
  const notifiers::Message* next(std::size_t notifier) const;
  bool holds(std::size_t notifier, const std::string& alert) const;
  std::size_t waiting(std::size_t notifier) const { return boxes_[notifier].size(); }
  std::optional<core::WallTime> oldest(std::size_t notifier) const;

  // It is gone, unless a newer one has taken its place meanwhile.
  void done(std::size_t notifier, const notifiers::Message& message, Fate fate);
  // Those that were tried for too long. Gives how many.
  std::size_t give_up(core::WallTime now);

  // What the notifier remembers of an alert; null: it was never told.
  const Trail* trail(std::size_t notifier, const std::string& alert) const;
  void remember(std::size_t notifier, const std::string& alert, Trail trail);
  void forget(std::size_t notifier, const std::string& alert);

  std::uint64_t count(std::size_t notifier, Fate fate) const {
    return counts_[notifier][static_cast<std::size_t>(fate)];
  }
  std::vector<durable::Change> take_changes();

 private:
  enum class Ink { wet, drying, dry };  // not written; being written; written
  struct Parcel {
    notifiers::Message message;
    Ink ink = Ink::wet;
  };
  using Box = std::map<std::string, Parcel>;  // by alert
  void erase(std::size_t notifier, Box::iterator parcel, Fate fate);
  std::string key_of(std::size_t notifier, const std::string& alert) const;

  std::vector<std::string> names_;
  core::Duration give_up_after_;
  std::vector<Box> boxes_;
  std::vector<std::map<std::string, Trail>> trails_;
  std::vector<std::array<std::uint64_t, fate_count>> counts_;
  std::vector<durable::Change> changes_;
};

}  // namespace outrider::alert
