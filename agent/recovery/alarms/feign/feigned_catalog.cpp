#include "agent/recovery/alarms/feign/feigned_catalog.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

constexpr int withheld_code = 99;  // that no tool uses

}  // namespace

core::Task<core::Outcome<catalogs::Listing>> FeignedCatalog::list(core::Duration limit) {
  if (fault_.listing) co_return *fault_.listing;
  co_return co_await real_.list(limit);
}

core::Task<core::Outcome<std::string>> FeignedCatalog::read_wal(catalogs::ArchivedFile file,
                                                                std::uint64_t limit_bytes,
                                                                core::Duration limit) {
  const bool hit = !fault_.damaged.empty() && file.name == fault_.damaged;
  auto stored = co_await real_.read_wal(std::move(file), limit_bytes, limit);
  if (stored && hit) stored = damaged(std::move(*stored));
  co_return stored;
}

core::Outcome<std::vector<catalogs::Step>> FeignedCatalog::restore(const catalogs::BackupSet& set,
                                                                   const std::string& directory,
                                                                   bool reuse) const {
  return real_.restore(set, directory, reuse);
}

// The real command, behind a shell that knows one name only.
core::Outcome<catalogs::FetchPlan> FeignedCatalog::fetch_wal() const {
  auto plan = real_.fetch_wal();
  if (!plan || fault_.withheld.empty()) return plan;
  std::vector<std::string> argv{
      "/bin/sh", "-c",
      fmt::format("[ \"$0\" != '{}' ] || exit {}; exec \"$@\"", fault_.withheld, withheld_code), "%f"};
  argv.insert(argv.end(), plan->argv.begin(), plan->argv.end());
  plan->argv = std::move(argv);
  plan->absent_codes.push_back(withheld_code);
  return plan;
}

core::Outcome<catalogs::Step> FeignedCatalog::backup(catalogs::BackupKind) const {
  return core::fail(core::Errc::unsupported, "no backup is taken while a fault is feigned");
}

std::string damaged(std::string stored) {
  constexpr std::size_t turned = 64;
  const std::size_t last = stored.find_last_not_of('\0');  // a segment may end early, and in zeroes
  const std::size_t used = last == std::string::npos ? stored.size() : last + 1;
  const std::size_t from = used / 2, to = std::min(stored.size(), from + turned);
  for (std::size_t i = from; i < to; ++i) stored[i] = static_cast<char>(~stored[i]);
  return stored;
}

}  // namespace outrider::recovery
