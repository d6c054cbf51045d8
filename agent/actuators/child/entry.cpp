#include "agent/actuators/child/child.hpp"
#include "agent/config/kinds.hpp"

namespace outrider::actuators::child {
namespace {

Maker maker_of(std::vector<std::string> argv) {
  return [argv = std::move(argv)](const Tools& tools, const Surroundings& surroundings) {
    return make_child(tools, argv, surroundings);
  };
}

}  // namespace

void enter(Shelf& shelf);
void enter(Shelf& shelf) {
  const auto argv = config::list_of(config::text_matching(1, 4096), 1);
  shelf.put({"child", "the program to run as a child process, and its arguments, each one item",
             argv.as<Maker>(maker_of)});
}

}  // namespace outrider::actuators::child
