#include "agent/transforms/enveloped.hpp"

namespace outrider::transforms::journald {

void enter(Shelf& shelf);

void enter(Shelf& shelf) {
  shelf.put(WrapperEntry{"journald", "entries of the systemd journal, as the source journald reads them",
                         make_enveloped});
}

}  // namespace outrider::transforms::journald
