// The ways back, one by one. Used by expose(), and by the watch for what is claimed.
#pragma once

#include "agent/recovery/exposure/exposure.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace outrider::recovery {

Path archive_path(const CatalogView& catalog, const ExposureView& view);
// Of dumps, and of snapshots: what was committed later is not in them.
Path copy_path(const CatalogView& catalog, const ExposureView& view);
Path replica_path(const ReplicaView& replica, const ExposureView& view);

// The last drill of this catalog that proved something, on this cluster; nothing: none ever did.
const DrillRecord* last_proof(const std::vector<DrillRecord>* drills, std::string_view catalog,
                              std::optional<std::uint64_t> system_id);
const DrillRecord* last_drill(const std::vector<DrillRecord>* drills, std::string_view catalog);

// The end of what the archiver says it has stored, and whether it said so already at `when`.
std::optional<wal::Lsn> claimed_at(const ExposureView& view, core::WallTime when);
// The end of the last segment that is stored on the way, gaps or not.
std::optional<wal::Lsn> stored_end(const ChainReport& chain);

// Adds what is wrong with a path beyond its figures: claims that the archive does not bear out, gaps, drills.
void judge_path(const CatalogView& catalog, const Path& path, const ExposureView& view, Judgements& found);

}  // namespace outrider::recovery
