#include "agent/alert/desk/outbox.hpp"

#include <algorithm>

namespace outrider::alert {
namespace {

using notifiers::Message;

constexpr std::size_t most_waiting = 500;  // for one notifier
constexpr std::size_t most_trails = 2000;
constexpr std::string_view outbox_table = "outbox";
constexpr std::string_view trail_table = "trail";
constexpr char between = '\n';

}  // namespace

std::string_view name_of(Fate fate) {
  switch (fate) {
    case Fate::delivered: return "delivered";
    case Fate::superseded: return "superseded";
    case Fate::refused: return "refused";
    case Fate::given_up: return "given_up";
  }
  return "given_up";
}

Outbox::Outbox(std::vector<std::string> names, core::Duration give_up_after)
    : names_(std::move(names)),
      give_up_after_(give_up_after),
      boxes_(names_.size()),
      trails_(names_.size()),
      counts_(names_.size()) {}

std::string Outbox::key_of(std::size_t notifier, const std::string& alert) const {
  return notifiers::shortened(names_[notifier] + between + alert, longest_key);
}

// What belongs to a notifier that is configured no more stays where it is, until it is there again.
void Outbox::restore(const durable::Book& book) {
  const auto each = [&](std::string_view table, const auto& take) {
    (void)book.walk(table, "", [&](std::string_view key, std::string_view value) {
      const std::size_t cut = key.find(between);
      const auto name = std::ranges::find(names_, key.substr(0, cut));
      if (cut != std::string_view::npos && name != names_.end())
        take(static_cast<std::size_t>(name - names_.begin()), std::string(key.substr(cut + 1)), value);
      return true;
    });
  };
  each(outbox_table, [&](std::size_t notifier, const std::string&, std::string_view value) {
    if (auto message = notifiers::unpack(value)) {
      std::string alert = message->alert;
      boxes_[notifier][std::move(alert)] = {std::move(*message), Ink::dry};
    }
  });
  each(trail_table, [&](std::size_t notifier, std::string alert, std::string_view value) {
    if (auto trail = unpack_trail(value)) trails_[notifier][std::move(alert)] = std::move(*trail);
  });
}

void Outbox::put(std::size_t notifier, Message message) {
  Box& box = boxes_[notifier];
  const auto older = box.find(message.alert);
  if (older != box.end()) {
    ++counts_[notifier][static_cast<std::size_t>(Fate::superseded)];
    // What is to be heard is not made quiet by what came after it.
    message.quiet = message.quiet && older->second.message.quiet;
  } else if (box.size() >= most_waiting) {
    const auto oldest =
        std::ranges::min_element(box, {}, [](const auto& parcel) { return parcel.second.message.at; });
    erase(notifier, oldest, Fate::given_up);
  }
  changes_.push_back({std::string(outbox_table), key_of(notifier, message.alert), notifiers::pack(message)});
  std::string alert = message.alert;
  box[std::move(alert)] = {std::move(message), Ink::wet};
}

void Outbox::written() {
  for (Box& box : boxes_) {
    for (auto& [alert, parcel] : box) {
      if (parcel.ink == Ink::drying) parcel.ink = Ink::dry;
    }
  }
}

std::vector<durable::Change> Outbox::take_changes() {
  for (Box& box : boxes_) {
    for (auto& [alert, parcel] : box) {
      if (parcel.ink == Ink::wet) parcel.ink = Ink::drying;
    }
  }
  return std::exchange(changes_, {});
}

const Message* Outbox::next(std::size_t notifier) const {
  const Message* oldest = nullptr;
  for (const auto& [alert, parcel] : boxes_[notifier]) {
    if (parcel.ink == Ink::dry && (oldest == nullptr || parcel.message.at < oldest->at))
      oldest = &parcel.message;
  }
  return oldest;
}

bool Outbox::holds(std::size_t notifier, const std::string& alert) const {
  return boxes_[notifier].contains(alert);
}

std::optional<core::WallTime> Outbox::oldest(std::size_t notifier) const {
  std::optional<core::WallTime> oldest;
  for (const auto& [alert, parcel] : boxes_[notifier]) {
    if (!oldest || parcel.message.at < *oldest) oldest = parcel.message.at;
  }
  return oldest;
}

void Outbox::erase(std::size_t notifier, Box::iterator parcel, Fate fate) {
  ++counts_[notifier][static_cast<std::size_t>(fate)];
  changes_.push_back({std::string(outbox_table), key_of(notifier, parcel->first), std::nullopt});
  boxes_[notifier].erase(parcel);
}

void Outbox::done(std::size_t notifier, const Message& message, Fate fate) {
  const auto parcel = boxes_[notifier].find(message.alert);
  if (parcel != boxes_[notifier].end() && parcel->second.message.id == message.id)
    erase(notifier, parcel, fate);
  else
    ++counts_[notifier][static_cast<std::size_t>(fate)];
}

std::size_t Outbox::give_up(core::WallTime now) {
  std::size_t count = 0;
  for (std::size_t notifier = 0; notifier < boxes_.size(); ++notifier) {
    for (auto parcel = boxes_[notifier].begin(); parcel != boxes_[notifier].end();) {
      const auto next = std::next(parcel);
      if (now - parcel->second.message.at > give_up_after_) {
        erase(notifier, parcel, Fate::given_up);
        ++count;
      }
      parcel = next;
    }
  }
  return count;
}

const Trail* Outbox::trail(std::size_t notifier, const std::string& alert) const {
  const auto found = trails_[notifier].find(alert);
  return found == trails_[notifier].end() ? nullptr : &found->second;
}

void Outbox::remember(std::size_t notifier, const std::string& alert, Trail trail) {
  auto& trails = trails_[notifier];
  if (!trails.contains(alert) && trails.size() >= most_trails) {
    const auto oldest = std::ranges::min_element(trails, {}, [](const auto& one) { return one.second.at; });
    const std::string gone = oldest->first;
    forget(notifier, gone);
  }
  changes_.push_back({std::string(trail_table), key_of(notifier, alert), pack(trail)});
  trails[alert] = std::move(trail);
}

void Outbox::forget(std::size_t notifier, const std::string& alert) {
  if (trails_[notifier].erase(alert) > 0)
    changes_.push_back({std::string(trail_table), key_of(notifier, alert), std::nullopt});
}

}  // namespace outrider::alert
