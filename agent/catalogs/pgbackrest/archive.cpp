#include "agent/catalogs/pgbackrest/archive.hpp"

#include "agent/catalogs/archived.hpp"
#include "agent/catalogs/fields.hpp"
#include "agent/core/number.hpp"
#include "agent/wal/names.hpp"

#include <array>

#include <boost/json/object.hpp>

namespace outrider::catalogs::pgbackrest {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> suffixes{".gz", ".lz4", ".zst", ".bz2"};
constexpr std::size_t sum_letters = 40;

// "<what PostgreSQL calls it>-<sha1>[.gz]", or a small file under its own name. Nothing for what pgbackrest
// is still writing, and for what is not WAL.
std::optional<ArchivedFile> read_file_name(std::string_view name) {
  ArchivedFile file;
  file.compressed = take_suffix(name, suffixes);
  const std::size_t dash = name.rfind('-');
  if (dash != std::string_view::npos) {
    const std::string_view sum = name.substr(dash + 1);
    if (!looks_like(sum, std::string(sum_letters, 'h'))) return std::nullopt;
    file.sha1 = sum;
    name = name.substr(0, dash);
  }
  const std::optional<wal::ArchiveName> known = wal::read_name(name);
  if (!known) return std::nullopt;
  const bool named_by_sum = known->kind == wal::NameKind::segment || known->kind == wal::NameKind::partial;
  if (named_by_sum != !file.sha1.empty()) return std::nullopt;
  file.name = name;
  return file;
}

// The number behind the dash of "15-1": the one counted up with each new cluster.
std::optional<unsigned> number_of(std::string_view archive_id) {
  const std::size_t dash = archive_id.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  return core::read_number<unsigned>(archive_id.substr(dash + 1));
}

std::string newest_of(const json::object& listed) {
  std::string newest;
  unsigned highest = 0;
  for (const auto& entry : listed) {
    const std::string_view path(entry.key().data(), entry.key().size());
    const std::string_view folder = path.substr(0, path.find('/'));
    const std::optional<unsigned> number = number_of(folder);
    if (!number || *number < highest || (folder == path && text_of(member(entry.value(), "type")) != "path"))
      continue;
    highest = *number;
    newest = folder;
  }
  return newest;
}

}  // namespace

core::Outcome<std::vector<ArchivedFile>> read_archive(std::string_view text, std::string_view stanza,
                                                      std::string archive_id) {
  const core::Outcome<json::value> document = read_json(text, "what pgbackrest repo-ls says");
  if (!document) return core::fail(document.error());
  const json::object* listed = document->if_object();
  if (listed == nullptr) {
    return core::fail(core::Errc::corrupt,
                      "cannot understand what pgbackrest repo-ls says: it lists nothing");
  }
  if (archive_id.empty()) archive_id = newest_of(*listed);
  std::vector<ArchivedFile> files;
  const std::string below = archive_id + "/";
  const std::string root = "archive/" + std::string(stanza) + "/";
  for (const auto& entry : *listed) {
    const std::string_view path(entry.key().data(), entry.key().size());
    if (!path.starts_with(below) || text_of(member(entry.value(), "type")) != "file") continue;
    std::optional<ArchivedFile> file = read_file_name(path.substr(path.rfind('/') + 1));
    if (!file) continue;
    file->object = root + std::string(path);
    file->stored_bytes = whole_of(member(entry.value(), "size")).value_or(0);
    file->stored = time_of_seconds(member(entry.value(), "time"));
    files.push_back(std::move(*file));
  }
  sort_by_name(files);
  return files;
}

}  // namespace outrider::catalogs::pgbackrest
