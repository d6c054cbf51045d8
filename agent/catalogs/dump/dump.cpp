#include "agent/catalogs/dump/dump.hpp"

#include "agent/catalogs/asking.hpp"
#include "agent/os/tool.hpp"
#include "agent/os/tree.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace outrider::catalogs::dump {
namespace {

constexpr std::size_t ending_bytes = 1024;
constexpr std::string_view whole_database = "-- PostgreSQL database dump complete";
constexpr std::string_view whole_cluster = "-- PostgreSQL database cluster dump complete";

enum class Format { archive, tar, text };  // the last is for psql

struct Dump {
  BackupSet set;
  Format format = Format::archive;
};

struct Packed {
  std::string_view suffix;
  const char* tool;
};
constexpr std::array<Packed, 6> texts{{{".sql", ""},
                                       {".sql.gz", "gzip"},
                                       {".sql.zst", "zstd"},
                                       {".sql.bz2", "bzip2"},
                                       {".sql.lz4", "lz4"},
                                       {".sql.xz", "xz"}}};

const Packed* text_of(std::string_view name) {
  for (const Packed& text : texts) {
    if (name.ends_with(text.suffix)) return &text;
  }
  return nullptr;
}

Dump made_of(const std::string& label, Format format, std::uint64_t bytes, core::WallTime modified) {
  Dump dump;
  dump.set.label = label;
  dump.set.kind = BackupKind::dump;
  dump.set.stopped = modified;
  dump.set.stored_bytes = bytes;
  dump.format = format;
  return dump;
}

// Blocks. One of many files, a folder with a toc.dat, counts as one.
core::Outcome<std::vector<Dump>> find_dumps(const std::string& directory, const os::TreeBounds& bounds) {
  const core::Outcome<std::vector<os::TreeFile>> files = os::list_tree(directory, {}, bounds);
  if (!files) return core::fail(files.error());
  constexpr std::string_view toc = "/toc.dat";
  constexpr std::string_view custom = "PGDMP";
  std::map<std::string, Dump, std::less<>> folders;
  for (const os::TreeFile& file : *files) {
    if (!file.name.ends_with(toc)) continue;
    const std::string folder = file.name.substr(0, file.name.size() - toc.size());
    folders[folder] = made_of(folder, Format::archive, 0, file.modified);
  }
  std::vector<Dump> dumps;
  for (const os::TreeFile& file : *files) {
    const std::size_t slash = file.name.rfind('/');
    const auto folder = slash == std::string::npos ? folders.end() : folders.find(file.name.substr(0, slash));
    if (folder != folders.end()) {
      folder->second.set.stored_bytes += file.bytes;
      folder->second.set.stopped = std::max(folder->second.set.stopped, file.modified);
    } else if (text_of(file.name) != nullptr) {
      dumps.push_back(made_of(file.name, Format::text, file.bytes, file.modified));
    } else if (file.name.ends_with(".tar")) {
      dumps.push_back(made_of(file.name, Format::tar, file.bytes, file.modified));
    } else if (os::read_beginning(directory, file.name, custom.size()) == custom) {
      dumps.push_back(made_of(file.name, Format::archive, file.bytes, file.modified));
    }
  }
  for (auto& [name, dump] : folders) dumps.push_back(std::move(dump));
  std::stable_sort(dumps.begin(), dumps.end(),
                   [](const Dump& a, const Dump& b) { return a.set.stopped < b.set.stopped; });
  return dumps;
}

class Dumps final : public Catalog {
 public:
  Dumps(Settings settings, const Tools& tools) : settings_(std::move(settings)), tools_(tools) {}

  core::Task<core::Outcome<Listing>> list(core::Duration limit) override {
    const TimeLeft time(tools_.clock, limit);
    os::TreeBounds bounds;
    const core::Instant end = tools_.clock.now() + limit;
    bounds.late = [this, end] { return tools_.clock.now() >= end; };
    const auto work = [&] { return find_dumps(settings_.directory, bounds); };
    core::Outcome<std::vector<Dump>> dumps = co_await async::offload(tools_.pool, work);
    if (!dumps) co_return core::fail(dumps.error());
    Verdicts kept;
    for (auto dump = dumps->rbegin(); dump != dumps->rend(); ++dump) co_await judge(*dump, time, kept);
    verdicts_ = std::move(kept);
    Listing listing;
    listing.archives_wal = false;
    for (Dump& dump : *dumps) listing.sets.push_back(std::move(dump.set));
    co_return listing;
  }

  core::Task<core::Outcome<std::string>> read_wal(ArchivedFile, std::uint64_t, core::Duration) override {
    co_return core::fail(no_wal());
  }
  core::Outcome<FetchPlan> fetch_wal() const override { return core::fail(no_wal()); }

  core::Outcome<std::vector<Step>> restore(const BackupSet& set, const std::string&, bool) const override {
    return core::fail(core::Errc::unsupported,
                      "cannot restore " + set.label + " into a data directory: it is a dump",
                      "load it into a server of its own with pg_restore or psql");
  }
  core::Outcome<Step> backup(BackupKind) const override {
    return core::fail(core::Errc::unsupported, "cannot take a dump: it does not know the server's address",
                      "let its own timer take it");
  }
  std::string target() const override { return "dumps in " + settings_.directory; }

 private:
  struct Verdict {
    bool complete = false;
    std::string trouble;
  };
  using Key = std::pair<std::string, std::pair<std::uint64_t, core::WallTime>>;
  using Verdicts = std::map<Key, Verdict>;

  // Read to its end once; remembered for as long as it stays as it is.
  core::Task<void> judge(Dump& dump, const TimeLeft& time, Verdicts& kept) {
    const Key key{dump.set.label, {dump.set.stored_bytes, dump.set.stopped}};
    const auto known = verdicts_.find(key);
    Verdict verdict;
    if (known != verdicts_.end()) {
      verdict = known->second;
      kept[key] = verdict;
    } else {
      core::Task<core::Outcome<Verdict>> reading = read_through(dump, time.left());
      const core::Outcome<Verdict> read = co_await std::move(reading);
      if (read) kept[key] = *read;
      verdict = read ? *read : Verdict{false, "it could not be read to its end: " + read.error().what};
    }
    dump.set.complete = verdict.complete;
    dump.set.trouble = verdict.trouble;
  }

  // The list of contents stands at the beginning of an archive and is whole in a torn one: so all is read. Of
  // a torn tar pg_restore says nothing: tar does.
  core::Task<core::Outcome<Verdict>> read_through(const Dump& dump, core::Duration limit) {
    const std::string path = settings_.directory + "/" + dump.set.label;
    const Packed* text = text_of(dump.set.label);
    os::Command command;
    if (dump.format == Format::archive) {
      command.argv = {settings_.command, "--file=/dev/null", path};
    } else if (dump.format == Format::tar) {
      command.argv = {"tar", "--list", "--file=" + path};
    } else if (text->suffix == ".sql") {
      command.argv = {"tail", "-c", std::to_string(ending_bytes), "--", path};
    } else {
      command.argv = {text->tool, "-dc", path};
    }
    bool has_contents = false;
    const os::LineListener listener = [&](std::string_view line, bool) { has_contents |= line == "toc.dat"; };
    const std::string tool = command.argv.front();
    const core::Outcome<os::ToolResult> result = co_await os::run_tool(
        tools_.processes, tools_.clock, std::move(command), limit, ending_bytes, listener);
    if (!result) co_return core::fail(result.error());
    Verdict verdict;
    if (!result->exit.succeeded()) {
      verdict.trouble = os::tool_error("it is not whole", tool, *result).what;
    } else if (dump.format == Format::tar && !has_contents) {
      verdict.trouble = "it is no dump: it has no list of contents";
    } else if (dump.format == Format::text && result->output.find(whole_database) == std::string::npos &&
               result->output.find(whole_cluster) == std::string::npos) {
      verdict.trouble = "it breaks off: its last lines do not say that it is complete";
    }
    verdict.complete = verdict.trouble.empty();
    co_return verdict;
  }

  core::Error no_wal() const {
    return {core::Errc::unsupported, "no WAL belongs to the dumps in " + settings_.directory};
  }

  Settings settings_;
  Tools tools_;
  Verdicts verdicts_;
};

}  // namespace

std::unique_ptr<Catalog> make_catalog(Settings settings, const Tools& tools) {
  return std::make_unique<Dumps>(std::move(settings), tools);
}

}  // namespace outrider::catalogs::dump
