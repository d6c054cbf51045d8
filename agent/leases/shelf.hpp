// The shelf of leases. A lease is held by one of those who share it, and carries a small record that they all
// read: by it a fleet takes down one replica at a time, and counts its restarts together.
// Who cannot say whether it holds one does not hold it.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/config/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/net/http.hpp"
#include "agent/os/files.hpp"
#include "agent/os/lock.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace outrider::leases {

// What a lease may use. Everything outlives it.
struct Tools {
  core::Clock& clock;
  async::Pool& pool;
  os::Files& files;
  net::Client& http;
  std::function<core::Outcome<std::unique_ptr<os::Lock>>(const std::string& path)> lock;
};

struct Held {
  std::uint64_t token = 0;  // larger than that of any holder before us
  std::string record;       // as the last holder left it
};

class Lease {
 public:
  Lease() = default;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  virtual ~Lease() = default;  // gives it back where that needs no waiting; else it lapses

  // Takes it for at most so long; does not wait for another holder. `busy`, naming the holder, when there is
  // one; any other error: it is not known who has it, so we have not.
  virtual core::Task<core::Outcome<Held>> take(std::string holder, core::Duration most) = 0;

  // Leaves a new record. Only while it is ours: refused when it was lost meanwhile.
  virtual core::Task<core::Outcome<>> write(std::string record) = 0;

  virtual core::Task<core::Outcome<>> give_back() = 0;

  // For people, without secrets: "/srv/shared/tests-api.lease".
  virtual std::string target() const = 0;
};

using Maker = std::function<std::shared_ptr<Lease>(const Tools&)>;

using Entry = config::ShelfEntry<Maker>;  // {file: …}
using Shelf = config::Shelf<Entry>;

void fill(Shelf& shelf);

}  // namespace outrider::leases
