#include "agent/transforms/reading.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

#include <stdexcept>
#include <utility>

namespace outrider::transforms {
namespace {

// What is in a container's line when nobody says: JSON where it looks so, text elsewhere.
class Detected final : public Format {
 public:
  Detected(std::unique_ptr<Format> json, std::unique_ptr<Format> text)
      : json_(std::move(json)), text_(std::move(text)) {}

  void read(Event& event) override { (event.line.starts_with('{') ? json_ : text_)->read(event); }

 private:
  std::unique_ptr<Format> json_;
  std::unique_ptr<Format> text_;
};

Shelf full_shelf() {
  Shelf shelf;
  fill(shelf);
  return shelf;
}

FormatMaker plain(const Shelf& shelf, std::string_view name) {
  for (const FormatEntry& entry : shelf.formats()) {
    if (entry.name == name) return entry.plain;
  }
  throw std::logic_error("the shelf of transforms has no " + std::string(name));
}

FormatMaker detected(const Shelf& shelf) {
  return [json = plain(shelf, "json"), text = plain(shelf, "text")]() -> std::unique_ptr<Format> {
    return std::make_unique<Detected>(json(), text());
  };
}

struct Chosen {
  Reading reading;
};

// What a line says, without anything around it: a word, or a word and its value.
std::vector<std::pair<std::string, Reading>> words_of(const Shelf& shelf) {
  std::vector<std::pair<std::string, Reading>> words;
  for (const FormatEntry& entry : shelf.formats()) {
    const std::string name(entry.name);
    if (entry.plain) words.emplace_back(name, Reading{name, nullptr, entry.plain});
  }
  return words;
}

std::vector<config::Alternative<Reading>> values_of(const Shelf& shelf) {
  std::vector<config::Alternative<Reading>> values;
  for (const FormatEntry& entry : shelf.formats()) {
    if (!entry.kind) continue;
    const std::string name(entry.name);
    const std::function<Reading(FormatMaker)> turn = [name](FormatMaker make) -> Reading {
      return {name, nullptr, std::move(make)};
    };
    values.push_back({name, entry.kind->as<Reading>(turn), std::string(entry.help)});
  }
  return values;
}

config::Kind<Reading> one_of(std::vector<config::Alternative<Reading>> values) {
  const std::function<Reading(Chosen)> out = [](Chosen chosen) { return std::move(chosen.reading); };
  return config::Object<Chosen>()
      .one_of(&Chosen::reading, std::move(values), "how a line is written")
      .kind()
      .as<Reading>(out);
}

}  // namespace

config::Kind<Reading> reading_kind() {
  const Shelf shelf = full_shelf();
  auto words = words_of(shelf);
  auto values = values_of(shelf);
  const auto inner = config::either(config::choice<Reading>(words), one_of(values));
  for (const WrapperEntry& entry : shelf.wrappers()) {
    const std::string name(entry.name);
    words.emplace_back(name, Reading{name, entry.make, detected(shelf)});
    const std::function<Reading(Reading)> wrap = [name, make = entry.make](Reading inside) -> Reading {
      return {name + " " + inside.name, make, std::move(inside.format)};
    };
    values.push_back({name, inner.as<Reading>(wrap), std::string(entry.help)});
  }
  return config::either(config::choice<Reading>(std::move(words)), one_of(std::move(values)));
}

Reading default_reading(const std::string& format) {
  const Shelf shelf = full_shelf();
  for (const WrapperEntry& entry : shelf.wrappers()) {
    if (entry.name == format) return {format, entry.make, detected(shelf)};
  }
  return {format, nullptr, plain(shelf, format)};
}

Reading reading_of(const std::string& of_source, const std::optional<Reading>& written) {
  if (written && written->wrapper) return *written;
  Reading usual = default_reading(of_source);
  if (!written) return usual;
  if (!usual.wrapper) return *written;
  return {usual.name + " " + written->name, usual.wrapper, written->format};
}

}  // namespace outrider::transforms
