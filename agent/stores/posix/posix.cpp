#include "agent/stores/posix/posix.hpp"

#include "agent/os/tree.hpp"

#include <utility>

namespace outrider::stores::posix {
namespace {

class PosixStore final : public core::ObjectStore {
 public:
  PosixStore(Settings settings, const Tools& tools) : settings_(std::move(settings)), tools_(tools) {}

  core::Task<core::Outcome<std::vector<core::StoredObject>>> list(std::string prefix,
                                                                  core::Duration limit) override {
    os::TreeBounds bounds;
    const core::Instant end = tools_.clock.now() + limit;
    bounds.late = [this, end] { return tools_.clock.now() >= end; };
    const auto work = [&] { return os::list_tree(settings_.directory, prefix, bounds); };
    core::Outcome<std::vector<os::TreeFile>> files = co_await async::offload(tools_.pool, work);
    if (!files) co_return core::fail(files.error());
    std::vector<core::StoredObject> objects;
    objects.reserve(files->size());
    for (os::TreeFile& file : *files) objects.push_back({std::move(file.name), file.bytes, file.modified});
    co_return objects;
  }

  // The kernel gives no deadline to a read of a file: the bound on its size has to do.
  core::Task<core::Outcome<std::string>> read(std::string name, std::uint64_t limit_bytes,
                                              core::Duration) override {
    const auto work = [&] { return os::read_beneath(settings_.directory, name, limit_bytes); };
    co_return co_await async::offload(tools_.pool, work);
  }

  std::string target() const override { return settings_.directory; }

 private:
  Settings settings_;
  Tools tools_;
};

}  // namespace

std::unique_ptr<core::ObjectStore> make_store(Settings settings, const Tools& tools) {
  return std::make_unique<PosixStore>(std::move(settings), tools);
}

}  // namespace outrider::stores::posix
