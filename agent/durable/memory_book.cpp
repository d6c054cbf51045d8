#include "agent/durable/book.hpp"

#include <map>

namespace outrider::durable {
namespace {

class MemoryBook final : public Book {
 public:
  core::Outcome<> write(std::span<const Change> changes) override {
    for (const Change& change : changes) {
      auto& table = tables_[change.table];
      if (change.value) {
        table[change.key] = whole_value(change);
      } else {
        table.erase(change.key);
      }
    }
    return {};
  }

  core::Outcome<std::optional<std::string>> read(std::string_view table,
                                                 std::string_view key) const override {
    const auto in = tables_.find(table);
    if (in == tables_.end()) return std::nullopt;
    const auto at = in->second.find(key);
    if (at == in->second.end()) return std::nullopt;
    return at->second;
  }

  core::Outcome<> walk(std::string_view table, std::string_view from, const Visit& visit) const override {
    const auto in = tables_.find(table);
    if (in == tables_.end()) return {};
    for (auto at = in->second.lower_bound(from); at != in->second.end(); ++at) {
      if (!visit(at->first, at->second)) break;
    }
    return {};
  }

  core::Outcome<> skim(std::string_view table, std::string_view from, std::size_t most_bytes,
                       const Glance& glance) const override {
    return walk(table, from, [&](std::string_view key, std::string_view value) {
      return glance(key, value.substr(0, most_bytes), value.size());
    });
  }

  Volume volume() const override { return {}; }

 private:
  using Table = std::map<std::string, std::string, std::less<>>;
  std::map<std::string, Table, std::less<>> tables_;
};

}  // namespace

std::unique_ptr<Book> make_memory_book() { return std::make_unique<MemoryBook>(); }

}  // namespace outrider::durable
