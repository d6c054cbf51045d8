#include "agent/sources/otlp/door.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace outrider::sources::otlp {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration until_listening_again = 10s;

}  // namespace

Door::Door(const Tools& tools, DoorSettings settings, std::initializer_list<const char*> usual_statuses)
    : tools_(tools),
      settings_(std::move(settings)),
      meters_(tools.registry, settings_.name, usual_statuses) {}

Taking* Door::taking_at(Name name, std::string_view said) const {
  const auto found =
      std::ranges::find_if(seated_, [&](const Taking* one) { return one->kind().*name == said; });
  return found == seated_.end() ? nullptr : *found;
}

std::string Door::all(Name name) const {
  std::string words;
  for (std::size_t i = 0; i < seated_.size(); ++i) {
    if (i > 0) words += i + 1 == seated_.size() ? " and " : ", ";
    words += seated_[i]->kind().*name;
  }
  return words;
}

core::Task<void> Door::cannot_listen(const core::Error& error) {
  tools_.log.error("sources", fmt::format("Cannot take {}", all(&SignalKind::things)),
                   {{"why", error.what}, {"hint", error.hint}});
  co_await tools_.clock.sleep(until_listening_again);
}

void Door::count(const Verdict& verdict, const SignalKind& kind) {
  ::prometheus::Counter* const refused =
      kind.stream == metric_stream ? meters_.refused_points : meters_.refused_spans;
  refused->Increment(static_cast<double>(verdict.partial.rejected));
  meters_.broken_ids->Increment(static_cast<double>(verdict.broken_ids));
}

}  // namespace outrider::sources::otlp
