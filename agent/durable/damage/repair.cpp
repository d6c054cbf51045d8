#include "agent/durable/damage/repair.hpp"

#include "agent/durable/damage/pages.hpp"
#include "agent/durable/environment.hpp"
#include "agent/durable/sealed_value.hpp"
#include "agent/os/descriptor.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include <fcntl.h>

#include <fmt/format.h>

namespace outrider::durable {
namespace {

constexpr std::uint64_t written_at_once = 4u << 20;

struct Opened {
  os::Descriptor file;
  std::vector<Head> heads;
  std::string trouble;  // of the heads
};

core::Outcome<Opened> open_pages(const std::string& path) {
  const std::string name = path + "/data.mdb";
  Opened opened{os::Descriptor(::open(name.c_str(), O_RDONLY | O_CLOEXEC)), {}, {}};
  if (!opened.file) return core::fail(core::system_error("cannot open " + name));
  auto heads = read_heads(opened.file.number());
  if (!heads) {
    opened.trouble = heads.error().what;
    opened.heads = readable_heads(opened.file.number());
    return opened;
  }
  opened.heads = std::move(*heads);
  opened.trouble = trouble_of_heads(opened.file.number(), opened.heads);
  return opened;
}

Examined examined(const Opened& opened, const VisitEntry& visit) {
  Examined found;
  if (!opened.trouble.empty()) {
    found.damage.push_back(opened.trouble);
    found.damaged_pages = 1;
  }
  if (opened.heads.empty()) return found;
  const Head& head = newest(opened.heads);
  const Walked walked = walk_pages(opened.file.number(), head, visit);
  found.damage.insert(found.damage.end(), walked.damage.begin(), walked.damage.end());
  found.damaged_pages += walked.damaged_pages;
  found.good_entries = walked.good_entries;
  found.lost_entries = head.entries.entries - std::min(head.entries.entries, walked.good_entries);
  return found;
}

}  // namespace

core::Outcome<Examined> examine_book(const std::string& path) {
  const auto opened = open_pages(path);
  if (!opened) return core::fail(opened.error());
  return examined(*opened, [](std::string_view, std::string_view) {});
}

namespace {

// Entries go over as they are, under the same keys: so the names of the tables fit them.
class Copy {
 public:
  explicit Copy(Environment& into) : into_(into) {}

  void take(std::string_view key, std::string_view value) {
    if (key == commit_key) return;
    bytes_ += key.size() + value.size() + 64;
    entries_[std::string(key)] = std::string(value);
    if (bytes_ >= written_at_once) write();
  }

  core::Outcome<> finish() {
    write();
    return result_;
  }

 private:
  void write() {
    if (!result_ || entries_.empty()) return;
    Need need;
    for (const auto& [key, value] : entries_) {
      ++need.changes;
      need.add(key.size(), value.size() + seal_bytes);
    }
    result_ = into_.make_room(need);
    if (!result_) return;
    const auto writing = into_.begin_writing();
    if (!writing) {
      result_ = core::fail(writing.error());
      return;
    }
    for (const auto& [key, value] : entries_) {
      if (result_) result_ = (*writing)->put(key, value);
    }
    if (result_) result_ = (*writing)->commit();
    entries_.clear();
    bytes_ = 0;
  }

  Environment& into_;
  std::map<std::string, std::string> entries_;
  std::uint64_t bytes_ = 0;
  core::Outcome<> result_;
};

core::Outcome<> renamed(const std::string& from, const std::string& to) {
  std::error_code code;
  std::filesystem::rename(from, to, code);
  if (!code) return {};
  return core::fail(core::system_error("cannot rename " + from + " to " + to, code.value()));
}

}  // namespace

core::Outcome<Repaired> repair_book(const std::string& path, core::WallTime now, std::uint64_t most_bytes) {
  const auto opened = open_pages(path);
  if (!opened) return core::fail(opened.error());
  const std::string fresh = path + "/repaired";
  std::error_code ignored;
  std::filesystem::remove_all(fresh, ignored);  // of an attempt that was broken off
  Repaired repaired;
  {
    auto into = Environment::open(fresh, {.most_bytes = most_bytes});
    if (!into) return core::fail(into.error());
    Copy copy(**into);
    repaired.found =
        examined(*opened, [&copy](std::string_view key, std::string_view value) { copy.take(key, value); });
    if (auto copied = copy.finish(); !copied) return core::fail(copied.error());
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  repaired.kept = fmt::format("{}/data.mdb.damaged-{}", path, seconds);
  if (auto kept = renamed(path + "/data.mdb", repaired.kept); !kept) return core::fail(kept.error());
  if (auto put = renamed(fresh + "/data.mdb", path + "/data.mdb"); !put) return core::fail(put.error());
  std::filesystem::remove_all(fresh, ignored);
  return repaired;
}

}  // namespace outrider::durable
