#include "agent/catalogs/wal_folder.hpp"

#include "agent/catalogs/archived.hpp"
#include "agent/wal/inflate/inflate.hpp"
#include "agent/wal/names.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace outrider::catalogs {
namespace {

constexpr std::array<std::string_view, 7> suffixes{".gz", ".lz4", ".zst", ".bz2", ".xz", ".lzo", ".br"};
constexpr std::size_t sniffed_bytes = 16;

// Only an explicit "no such name" in a listing that could be read counts as absent: a test of one path cannot
// tell a missing file from one that cannot be reached.
constexpr const char* fetch_script = R"sh(
set -u
LC_ALL=C
export LC_ALL
fail() { echo "cannot fetch $name: $1" >&2; rm -f -- "$to.part"; exit 2; }
archive=$1 name=$2 to=$3
case "$name" in */* | '' | .*) fail 'it is no name of a WAL file' ;; esac
part=$(printf %.16s "$name")
from=
for folder in "$archive" "$archive/$part"; do
  for suffix in '' .gz .lz4 .zst .bz2 .xz; do
    [ -z "$from" ] && [ -f "$folder/$name$suffix" ] && from="$folder/$name$suffix"
  done
done
if [ -z "$from" ]; then
  for folder in "$archive" "$archive/$part"; do
    [ "$folder" != "$archive" ] && [ ! -d "$folder" ] && continue
    held=$(ls -f -- "$folder") || fail "$folder cannot be read"
    printf '%s\n' "$held" | grep -q -F -x -e "$name" && fail "$folder holds it, but it cannot be opened"
    if [ "$folder" = "$archive" ]; then
      printf '%s\n' "$held" | grep -q -v -x -F -e . -e .. || fail "$archive is empty: is it mounted?"
    fi
  done
  exit 1
fi
case "$(head -c 6 -- "$from" | od -An -tx1 | tr -d ' \n')" in
  1f8b*) how='gzip -dc' ;;
  28b52ffd*) how='zstd -dcq' ;;
  04224d18*) how='lz4 -dcq' ;;
  425a68*) how='bzip2 -dc' ;;
  fd377a585a00*) how='xz -dc' ;;
  *) how='cat' ;;
esac
$how < "$from" > "$to.part" || fail "$how failed on $from"
mv -f -- "$to.part" "$to" || fail "$to cannot be written"
)sh";

std::optional<ArchivedFile> read_file(const std::string& folder, const os::TreeFile& found) {
  std::string_view name = found.name;
  if (const std::size_t slash = name.rfind('/'); slash != std::string_view::npos)
    name = name.substr(slash + 1);
  ArchivedFile file;
  file.compressed = take_suffix(name, suffixes);
  const std::optional<wal::ArchiveName> known = wal::read_name(name);
  if (!known) return std::nullopt;
  file.name = name;
  file.object = found.name;
  file.stored_bytes = found.bytes;
  file.stored = found.modified;
  const bool whole = wal::is_segment_size(found.bytes);
  if (known->kind == wal::NameKind::segment && !whole && !file.compressed) {
    const core::Outcome<std::string> beginning = os::read_beginning(folder, found.name, sniffed_bytes);
    file.compressed = beginning && wal::packing_of(*beginning) != wal::Packing::plain;
  }
  return file;
}

template <class T>
T number_at(std::string_view bytes, std::size_t at) {
  T number{};
  std::memcpy(&number, bytes.data() + at, sizeof(T));
  return number;
}

}  // namespace

core::Outcome<std::vector<ArchivedFile>> list_wal_folder(const std::string& folder,
                                                         const os::TreeBounds& bounds) {
  const core::Outcome<std::vector<os::TreeFile>> found = os::list_tree(folder, {}, bounds);
  if (!found) return core::fail(found.error());
  std::vector<ArchivedFile> files;
  constexpr std::size_t files_between_looks_at_the_clock = 256;
  std::size_t seen = 0;
  for (const os::TreeFile& entry : *found) {
    if (++seen % files_between_looks_at_the_clock == 0 && bounds.late && bounds.late()) {
      return core::fail(core::Errc::timed_out, "cannot look at the WAL in " + folder + " in the time given");
    }
    if (auto file = read_file(folder, entry)) files.push_back(std::move(*file));
  }
  sort_by_name(files);
  return files;
}

// XLogLongPageHeaderData: 24 bytes as on every page, then the system id and the segment size.
WalFacts read_first_page(std::string_view beginning) {
  constexpr std::size_t flags_at = 2, system_id_at = 24, segment_bytes_at = 32, header_bytes = 40;
  constexpr unsigned long_header = 2;
  constexpr unsigned char magic_high =
      0xD1;  // 0xD1xx since 9.0 or so: the version is counted in the low half
  WalFacts facts;
  if (beginning.size() < header_bytes || static_cast<unsigned char>(beginning[1]) != magic_high) return facts;
  if ((number_at<std::uint16_t>(beginning, flags_at) & long_header) == 0) return facts;
  const auto segment_bytes = number_at<std::uint32_t>(beginning, segment_bytes_at);
  if (!wal::is_segment_size(segment_bytes)) return facts;
  facts.segment_bytes = segment_bytes;
  facts.system_id = number_at<std::uint64_t>(beginning, system_id_at);
  return facts;
}

WalFacts facts_of_wal(const std::string& folder, const std::vector<ArchivedFile>& files) {
  constexpr std::size_t header_bytes = 40;
  constexpr int most_tried = 8;
  int tried = 0;
  for (auto file = files.rbegin(); file != files.rend() && tried < most_tried; ++file) {
    const std::optional<wal::ArchiveName> name = wal::read_name(file->name);
    if (file->compressed || !name || name->kind != wal::NameKind::segment) continue;
    ++tried;
    const core::Outcome<std::string> beginning = os::read_beginning(folder, file->object, header_bytes);
    if (!beginning) continue;
    const WalFacts facts = read_first_page(*beginning);
    if (facts.segment_bytes != 0) return facts;
  }
  return {};
}

FetchPlan fetch_from_folder(const std::string& folder) {
  FetchPlan plan;
  plan.argv = {"/bin/sh", "-c", fetch_script, "fetch-wal", folder, "%f", "%p"};
  plan.absent_codes = {1};
  return plan;
}

}  // namespace outrider::catalogs
