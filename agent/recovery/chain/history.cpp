#include "agent/recovery/chain/history.hpp"

#include "agent/recovery/chain/index.hpp"
#include "agent/wal/inflate/inflate.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

constexpr std::uint64_t most_bytes = 8ULL << 20;

}  // namespace

core::Task<core::Outcome<wal::TimelineHistory>> read_newest_history(catalogs::Catalog& catalog,
                                                                    const catalogs::Listing& listing,
                                                                    core::Duration limit) {
  const std::uint32_t timeline = index_of(listing, 0).newest_timeline();
  if (timeline == 1) co_return wal::lone_timeline(1);
  const std::string name = wal::history_name(timeline);
  const std::string step = fmt::format("cannot tell how timeline {} came about", timeline);
  const auto file = std::ranges::find(listing.wal, name, &catalogs::ArchivedFile::name);
  if (file == listing.wal.end()) {
    co_return core::fail(core::Errc::not_found, fmt::format("{}: {} is not in the archive", step, name),
                         "copy it there from pg_wal of a server that is on this timeline");
  }
  auto stored = co_await catalog.read_wal(*file, most_bytes, limit);
  if (!stored) co_return core::fail(step, stored.error());
  auto text = wal::inflate(std::move(*stored), most_bytes);
  if (!text) co_return core::fail(step, text.error());
  auto history = wal::read_history(timeline, *text);
  if (!history) co_return core::fail(history.error());
  co_return std::move(*history);
}

}  // namespace outrider::recovery
