// The shelf of stores: where backups and archived WAL lie. An entry is a folder with entry.cpp, which puts
// its name, help and configuration on the shelf.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/config/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/store/object_store.hpp"

#include <functional>
#include <memory>

namespace outrider::stores {

// What a store may use. Everything outlives the store.
struct Tools {
  core::Clock& clock;
  async::Pool& pool;
};

using Maker = std::function<std::unique_ptr<core::ObjectStore>(const Tools&)>;

using Entry = config::ShelfEntry<Maker>;  // {posix: …}
using Shelf = config::Shelf<Entry>;

void fill(Shelf& shelf);

}  // namespace outrider::stores
