// What the contract suites of several shelves need.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/load.hpp"
#include "agent/config/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/os/process.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::contract {

// What is wrong with it, and the key that the complaint must name.
struct BadValue {
  std::string yaml;  // the value of the entry's key
  std::string names;
};

// Programs that cannot be started, with the error that is given; or, without one, whose start never ends.
class Unwilling final : public os::Processes {
 public:
  Unwilling(core::Clock& clock, std::optional<core::Error> error) : clock_(clock), error_(std::move(error)) {}

  core::Task<core::Outcome<std::unique_ptr<os::Process>>> start(os::Command) override {
    while (!error_) co_await clock_.sleep(std::chrono::hours(24));
    co_return core::fail(*error_);
  }
  core::Task<void> reap_orphans() override { co_return; }
  std::uint64_t orphans_reaped() const override { return 0; }

 private:
  core::Clock& clock_;
  std::optional<core::Error> error_;
};

std::size_t open_descriptors();
std::string children_of_ours();  // their process ids, or empty

// Each file and link below a folder with its size and content, for "nothing has changed".
std::string everything_in(const std::string& folder);

// As much of a configuration as an entry's example needs.
template <class Maker>
struct Block {
  std::optional<Maker> make;
  std::string kind;
};
template <class Maker>
struct Part {
  Block<Maker> store;
  std::vector<Block<Maker>> catalogs;
};
template <class Maker>
struct Whole {
  std::vector<std::pair<std::string, std::string>> service;
  Part<Maker> recovery;
};

// `recovery.store`, or `recovery.catalogs`: one of the shelf's keys.
template <class Maker>
config::Kind<Whole<Maker>> whole(const config::Shelf<config::ShelfEntry<Maker>>& shelf, const char* key) {
  std::vector<config::Alternative<std::optional<Maker>>> alternatives;
  const std::function<std::optional<Maker>(Maker)> wrap = [](Maker maker) { return std::optional(maker); };
  for (const config::ShelfEntry<Maker>& entry : shelf.entries())
    alternatives.push_back({std::string(entry.name), entry.kind.template as<std::optional<Maker>>(wrap),
                            std::string(entry.help)});
  const auto block = config::Object<Block<Maker>>()
                         .one_of(&Block<Maker>::make, alternatives, "where", &Block<Maker>::kind)
                         .kind();
  config::Object<Part<Maker>> part;
  if (std::string_view(key) == "store") {
    part.required(key, &Part<Maker>::store, block, "where");
  } else {
    part.required(key, &Part<Maker>::catalogs, config::list_of(block), "what");
  }
  return config::Object<Whole<Maker>>()
      .required("service", &Whole<Maker>::service, config::map_of(config::text()), "who")
      .required("recovery", &Whole<Maker>::recovery, part.kind(), "what");
}

template <class Maker>
std::vector<std::string> names_on(const config::Shelf<config::ShelfEntry<Maker>>& shelf) {
  std::vector<std::string> names;
  for (const auto& entry : shelf.entries()) names.emplace_back(entry.name);
  return names;
}

}  // namespace outrider::contract
