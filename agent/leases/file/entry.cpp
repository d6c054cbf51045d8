#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/leases/file/file_lease.hpp"

namespace outrider::leases::file {

void enter(Shelf& shelf) {
  const std::function<Maker(std::string)> to_maker = [](std::string path) -> Maker {
    return [path](const Tools& tools) { return make_lease(path, tools); };
  };
  shelf.put(
      {"file",
       "the path of a file that all replicas see: on one machine, or on a shared file system with flock",
       config::path().as<Maker>(to_maker)});
}

}  // namespace outrider::leases::file
