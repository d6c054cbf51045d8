#include "agent/sources/process/process.hpp"
#include "agent/sources/rhythm.hpp"

#include <utility>

namespace outrider::sources::process {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  const RhythmMaker maker = [](const Tools& tools, Rhythm rhythm) {
    return make(tools, Settings{std::move(rhythm)});
  };
  shelf.put(entry_with_rhythm(
      "process", "what the service's processes use, under the names of process-exporter", maker));
}

}  // namespace outrider::sources::process
