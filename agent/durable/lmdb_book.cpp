// The book on a disk: LMDB, all tables in one tree, since its own named ones must be counted beforehand. How
// an entry lies there: sealed_value.hpp.
#include "agent/durable/book.hpp"
#include "agent/durable/environment.hpp"
#include "agent/durable/sealed_value.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::durable {
namespace {

class LmdbBook final : public Book {
 public:
  explicit LmdbBook(std::unique_ptr<Environment> environment) : environment_(std::move(environment)) {}

  core::Outcome<> write(std::span<const Change> changes) override {
    if (environment_->read_only()) {
      return core::fail(core::Errc::denied,
                        "cannot write " + environment_->file() + ": it is open for reading only");
    }
    if (changes.empty()) return {};
    if (auto ready = environment_->make_room(needed(changes)); !ready) return core::fail(ready.error());
    auto written = write_once(changes);
    if (!written && written.error().code == core::Errc::exhausted && environment_->clear_stale_readers()) {
      written = write_once(changes);
    }
    environment_->release_memory();
    return written;
  }

  core::Outcome<std::optional<std::string>> read(std::string_view table,
                                                 std::string_view key) const override {
    auto found = read_once(table, key);
    environment_->release_memory();
    return found;
  }

  core::Outcome<> walk(std::string_view table, std::string_view from, const Visit& visit) const override {
    auto walked = walk_once(table, from, visit);
    environment_->release_memory();
    return walked;
  }

  core::Outcome<> skim(std::string_view table, std::string_view from, std::size_t most_bytes,
                       const Glance& glance) const override {
    auto begun = environment_->begin_reading();
    if (!begun) return core::fail(begun.error());
    const std::string prefix = whole_key(table, {});
    return (*begun)->skim(prefix + std::string(from), most_bytes,
                          [&](std::string_view key, std::string_view beginning, std::size_t bytes) {
                            return key.starts_with(prefix) &&
                                   glance(key.substr(prefix.size()), beginning, bytes);
                          });
  }

  Volume volume() const override { return {environment_->used_bytes(), environment_->most_bytes()}; }

  bool outlives_the_agent() const override { return true; }

 private:
  static Need needed(std::span<const Change> changes) {
    Need need;
    for (const Change& change : changes) {
      need.changes += 1;
      if (change.value) need.add(table_prefix_bytes + change.key.size(), seal_bytes + value_bytes(change));
    }
    return need;
  }

  core::Outcome<> write_once(std::span<const Change> changes) {
    auto begun = environment_->begin_writing();
    if (!begun) return core::fail(begun.error());
    Transaction& writing = **begun;
    for (const Change& change : changes) {
      const std::string key = whole_key(change.table, change.key);
      auto done = change.value ? writing.put(key, change) : writing.remove(key);
      if (!done) return core::fail(done.error());
    }
    return writing.commit();
  }

  core::Outcome<std::optional<std::string>> read_once(std::string_view table, std::string_view key) const {
    auto begun = environment_->begin_reading();
    if (!begun) return core::fail(begun.error());
    return (*begun)->get(whole_key(table, key));
  }

  core::Outcome<> walk_once(std::string_view table, std::string_view from, const Visit& visit) const {
    auto begun = environment_->begin_reading();
    if (!begun) return core::fail(begun.error());
    const std::string prefix = whole_key(table, {});
    return (*begun)->walk(prefix + std::string(from), [&](std::string_view key, std::string_view value) {
      return key.starts_with(prefix) && visit(key.substr(prefix.size()), value);
    });
  }

  std::unique_ptr<Environment> environment_;
};

}  // namespace

core::Outcome<std::unique_ptr<Book>> open_book(const std::string& path, BookOptions options) {
  auto environment = Environment::open(path, options);
  if (!environment) return core::fail(environment.error());
  return std::make_unique<LmdbBook>(std::move(*environment));
}

}  // namespace outrider::durable
