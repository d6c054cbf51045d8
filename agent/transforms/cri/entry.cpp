#include "agent/transforms/cri/cri.hpp"

namespace outrider::transforms::cri {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  shelf.put(WrapperEntry{"cri", "lines as containerd and CRI-O write them; parts are joined", make});
}

}  // namespace outrider::transforms::cri
