#include "agent/catalogs/base_backup/folder.hpp"

#include "agent/catalogs/base_backup/manifest.hpp"
#include "agent/wal/names.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace outrider::catalogs::base_backup {
namespace {

constexpr std::uint64_t most_manifest_bytes = 512ULL << 20;

struct Suffix {
  std::string_view ends_with;
  const char* unpack;  // what tar is to be told
};
constexpr std::array<Suffix, 5> suffixes{{{".tar", ""},
                                          {".tar.gz", "--gzip"},
                                          {".tar.zst", "--zstd"},
                                          {".tar.bz2", "--bzip2"},
                                          {".tar.lz4", "--use-compress-program=lz4"}}};

const Suffix* suffix_of(std::string_view name) {
  for (const Suffix& suffix : suffixes) {
    if (name.ends_with(suffix.ends_with)) return &suffix;
  }
  return nullptr;
}

std::string stem_of(std::string_view name) { return std::string(name.substr(0, name.find('.'))); }

using Sizes = std::map<std::string, std::uint64_t, std::less<>>;

// What the manifest names and the folder lacks, as a sentence; empty when all is there.
std::string missing_from(const Manifest& manifest, const Sizes& sizes, const std::string& source) {
  std::string first;
  std::size_t count = 0;
  for (const ManifestFile& file : manifest.files) {
    if (file.path == "postgresql.auto.conf") continue;  // pg_basebackup -R writes to it afterwards
    std::optional<std::uint64_t> bytes;
    if (file.path.starts_with("pg_tblspc/")) {  // a link, which a walk does not follow
      const std::size_t end = file.path.find('/', file.path.find('/') + 1);
      const auto found = os::look_beneath(source + "/" + file.path.substr(0, end), file.path.substr(end + 1));
      if (found) bytes = found->bytes;
    } else if (const auto found = sizes.find(file.path); found != sizes.end()) {
      bytes = found->second;
    }
    if (bytes == file.bytes) continue;
    if (count++ == 0) first = file.path + (bytes ? " has another size than" : " is missing, though it is in");
  }
  if (count == 0) return {};
  return first + " its manifest" + (count == 1 ? "" : ", and " + std::to_string(count - 1) + " more files");
}

std::string lacking_archives(const Manifest& manifest, const Layout& layout) {
  const auto has = [&](std::string_view stem) {
    return std::any_of(layout.archives.begin(), layout.archives.end(),
                       [&](const std::string& name) { return stem_of(name) == stem; });
  };
  if (!has("base")) return "base.tar is missing";
  for (const ManifestFile& file : manifest.files) {
    constexpr std::string_view folder = "pg_tblspc/";
    if (!file.path.starts_with(folder)) continue;
    const std::string number =
        file.path.substr(folder.size(), file.path.find('/', folder.size()) - folder.size());
    if (!has(number)) return number + ".tar is missing, which holds a tablespace";
  }
  return {};
}

std::optional<std::uint64_t> system_id_of(const std::string& source) {
  const auto control = os::read_beginning(source, "global/pg_control", sizeof(std::uint64_t));
  std::uint64_t number = 0;
  if (!control || control->size() != sizeof number) return std::nullopt;
  std::memcpy(&number, control->data(), sizeof number);
  return number;
}

std::vector<std::string> tablespaces_of(os::Files& files, const std::string& source) {
  std::vector<std::string> numbers = files.list(source + "/pg_tblspc").value_or(std::vector<std::string>());
  std::erase_if(numbers, [](const std::string& name) {
    return name.find_first_not_of("0123456789") != std::string::npos;
  });
  return numbers;
}

void name_segments(BackupSet& set, const Manifest& manifest, std::uint64_t segment_bytes) {
  if (!set.start_lsn || !set.stop_lsn || manifest.timeline == 0 || set.stop_lsn->value == 0) return;
  const wal::Lsn last{set.stop_lsn->value - 1};
  const std::uint32_t timeline = manifest.timeline;
  set.first_wal = wal::segment_name({timeline, wal::number_of(*set.start_lsn, segment_bytes)}, segment_bytes);
  set.last_wal = wal::segment_name({timeline, wal::number_of(last, segment_bytes)}, segment_bytes);
}

void take_manifest(const Manifest& manifest, const std::string& source, const Sizes& sizes,
                   std::uint64_t segment_bytes, Found& found) {
  found.set.complete = true;
  found.set.started = manifest.started;
  found.set.start_lsn = manifest.start_lsn;
  found.set.stop_lsn = manifest.stop_lsn;
  found.set.database_bytes = manifest.bytes;
  found.set.system_id = manifest.system_id;
  if (!found.layout.tar && !found.set.system_id) found.set.system_id = system_id_of(source);
  name_segments(found.set, manifest, segment_bytes);
  found.set.trouble =
      found.layout.tar ? lacking_archives(manifest, found.layout) : missing_from(manifest, sizes, source);
  found.set.damaged = !found.set.trouble.empty();
}

Step extract(const std::string& source, const std::string& name, const std::string& into) {
  Step step{"unpack " + name, {"tar", "--extract"}, {}};
  const std::string how = suffix_of(name) == nullptr ? "" : suffix_of(name)->unpack;
  if (!how.empty()) step.argv.push_back(how);
  // The map would make PostgreSQL link its tablespaces to where they are at the source.
  for (const std::string word : {"--exclude=tablespace_map", "--exclude=pg_tblspc/*", "--no-same-owner"})
    step.argv.push_back(word);
  step.argv.push_back("--file=" + source + "/" + name);
  step.argv.push_back("--directory=" + into);
  return step;
}

Step make_folder(const std::string& path) {
  return {"make " + path, {"mkdir", "-p", "-m", "0700", "--", path}, {}};
}

Step link_tablespace(const std::string& directory, const std::string& number) {
  const std::string target = beside(directory) + "/tablespaces/" + number;
  return {
      "link tablespace " + number, {"ln", "-s", "-T", "--", target, directory + "/pg_tblspc/" + number}, {}};
}

}  // namespace

core::Outcome<std::optional<Found>> look_at_backup(os::Files& files, const std::string& directory,
                                                   const std::string& label, std::uint64_t segment_bytes,
                                                   const os::TreeBounds& bounds) {
  const core::Outcome<std::vector<os::TreeFile>> pieces = os::list_tree(directory, label, bounds);
  if (!pieces) return core::fail(pieces.error());
  Found found;
  found.set.label = label;
  Sizes sizes;
  for (const os::TreeFile& file : *pieces) {
    const std::string name = file.name.substr(label.size() + 1);
    sizes[name] = file.bytes;
    found.set.stored_bytes += file.bytes;
    if (name == "backup_manifest") found.set.stopped = file.modified;
    if (name.find('/') == std::string::npos && suffix_of(name) != nullptr)
      found.layout.archives.push_back(name);
  }
  const auto in_one = [&](const std::string& name) { return stem_of(name) == "base"; };
  found.layout.tar = std::any_of(found.layout.archives.begin(), found.layout.archives.end(), in_one);
  if (!sizes.contains("backup_manifest")) {
    if (!found.layout.tar && !sizes.contains("PG_VERSION") && !sizes.contains("backup_label"))
      return std::optional<Found>();
    found.set.trouble = "it has no backup_manifest: it did not end, or was taken without one";
    return std::optional(std::move(found));
  }
  const std::string source = directory + "/" + label;
  const core::Outcome<std::string> text = os::read_beneath(source, "backup_manifest", most_manifest_bytes);
  if (!text) return core::fail(text.error());
  const core::Outcome<Manifest> manifest = read_manifest(*text);
  if (!manifest) {
    found.set.trouble = manifest.error().what;
    return std::optional(std::move(found));
  }
  if (!found.layout.tar) found.layout.tablespaces = tablespaces_of(files, source);
  take_manifest(*manifest, source, sizes, segment_bytes, found);
  return std::optional(std::move(found));
}

std::vector<Step> restore_steps(const std::string& source, const std::string& label, const Layout& layout,
                                const std::string& directory, bool reuse) {
  std::vector<Step> steps;
  const std::string tablespaces = beside(directory) + "/tablespaces";
  steps.push_back(make_folder(directory));
  steps.push_back(make_folder(tablespaces));
  if (reuse) {
    steps.push_back({"empty what the last one left",
                     {"find", directory, beside(directory) + "/", "-mindepth", "1", "-delete"},
                     {}});
    steps.push_back(make_folder(tablespaces));
  }
  if (!layout.tar) {
    // -L: a tablespace's link becomes a folder, or the copy would work in the backup's own files. PostgreSQL
    // wants a link there all the same.
    steps.push_back(
        {"copy " + label, {"cp", "-a", "-L", "--reflink=auto", "-T", "--", source, directory}, {}});
    for (const std::string& number : layout.tablespaces) {
      const std::string inside = directory + "/pg_tblspc/" + number;
      steps.push_back(
          {"move tablespace " + number, {"mv", "-T", "--", inside, tablespaces + "/" + number}, {}});
      steps.push_back(link_tablespace(directory, number));
    }
  } else {
    for (const std::string& name : layout.archives) {
      if (stem_of(name) == "base") steps.push_back(extract(source, name, directory));
    }
    for (const std::string& name : layout.archives) {
      const std::string stem = stem_of(name);
      if (stem == "base") continue;
      const std::string into = stem == "pg_wal" ? directory + "/pg_wal" : tablespaces + "/" + stem;
      steps.push_back(make_folder(into));
      steps.push_back(extract(source, name, into));
      if (stem != "pg_wal") steps.push_back(link_tablespace(directory, stem));
    }
  }
  steps.push_back({"take away what would make it a standby",
                   {"rm", "-f", "--", directory + "/standby.signal", directory + "/recovery.signal",
                    directory + "/postmaster.pid"},
                   {}});
  steps.push_back({"close it to others", {"chmod", "0700", "--", directory}, {}});
  return steps;
}

}  // namespace outrider::catalogs::base_backup
