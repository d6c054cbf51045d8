// A lease as a file: the kernel's lock on it says who holds it, and a file beside it keeps token and record.
#pragma once

#include "agent/leases/shelf.hpp"

namespace outrider::leases::file {

std::shared_ptr<Lease> make_lease(std::string path, const Tools& tools);

}  // namespace outrider::leases::file
