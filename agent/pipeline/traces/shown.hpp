// What whoever looks at spans shows: counters of its own, and what is made anew each time that the page of
// metrics is asked for.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/telemetry/metrics.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::pipeline {

struct ShowingTools {
  core::Clock& clock;
  telemetry::Board& board;
  ::prometheus::Registry& registry;
};

inline ::prometheus::Counter& plain_counter(::prometheus::Registry& registry, const char* name,
                                            const char* help) {
  return ::prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

template <class Maker>
core::Task<void> make_anew(std::shared_ptr<Maker> maker, telemetry::Board& board, std::size_t place) {
  board.publish(place, std::make_shared<const telemetry::FamilySet>(maker->families()));
  co_return;
}

// Whoever shows the board may do so for longer than who put it there is alive.
template <class Maker>
void show_on(telemetry::Board& board, std::string name, std::shared_ptr<Maker> maker) {
  const std::size_t place = board.entries().size();  // the next one
  board.add(std::move(name),
            [maker = std::move(maker), &board, place] { return make_anew(maker, board, place); });
}

}  // namespace outrider::pipeline
