// Where backups and archived WAL lie: a folder, a bucket. Read only: nothing here can delete or overwrite.
// stores/ implements it; catalogs/ read their layouts through it.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace outrider::core {

struct StoredObject {
  std::string name;  // from the store's root: "archive/main/15-1/0000000100000000/…"
  std::uint64_t bytes = 0;
  WallTime modified{};
};

class ObjectStore {
 public:
  ObjectStore() = default;
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;
  virtual ~ObjectStore() = default;

  // All objects below `prefix`, at any depth, sorted by name. A prefix that does not exist is empty; a store
  // that cannot be read is an Error, never an empty list.
  virtual Task<Outcome<std::vector<StoredObject>>> list(std::string prefix, Duration limit) = 0;

  // The whole object; `exhausted` when it is larger than `limit_bytes`, `not_found` only when it is truly
  // absent.
  virtual Task<Outcome<std::string>> read(std::string name, std::uint64_t limit_bytes, Duration limit) = 0;

  // For people, without secrets: "/var/lib/pgbackrest".
  virtual std::string target() const = 0;
};

}  // namespace outrider::core
