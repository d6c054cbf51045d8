#include "agent/sources/cgroup/cgroup_source.hpp"
#include "agent/sources/rhythm.hpp"

#include <utility>

namespace outrider::sources::cgroup {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  const RhythmMaker maker = [](const Tools& tools, Rhythm rhythm) {
    return make(tools, Settings{std::move(rhythm)});
  };
  shelf.put(entry_with_rhythm(
      "cgroup", "what the service's control group allows it and has counted, under the names of cAdvisor",
      maker));
}

}  // namespace outrider::sources::cgroup
