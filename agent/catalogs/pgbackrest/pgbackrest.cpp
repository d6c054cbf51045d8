#include "agent/catalogs/pgbackrest/pgbackrest.hpp"

#include "agent/catalogs/asking.hpp"
#include "agent/catalogs/fields.hpp"
#include "agent/catalogs/pgbackrest/archive.hpp"
#include "agent/catalogs/pgbackrest/info.hpp"
#include "agent/catalogs/retention.hpp"
#include "agent/os/scratch.hpp"

#include <utility>

#include <fmt/core.h>

namespace outrider::catalogs::pgbackrest {
namespace {

constexpr std::uint64_t most_info_bytes = 64ULL << 20;
constexpr std::uint64_t most_listing_bytes = 512ULL << 20;  // about 2.5 million segments
constexpr std::size_t most_damaged_asked = 3;

using Words = std::vector<std::string>;

class PgBackRest final : public Catalog {
 public:
  PgBackRest(Settings settings, const Tools& tools) : settings_(std::move(settings)), tools_(tools) {}

  core::Task<core::Outcome<Listing>> list(core::Duration limit) override {
    const TimeLeft time(tools_.clock, limit);
    Listing listing;
    Question question = query("cannot ask pgbackrest for its version", {"version"});
    const core::Outcome<std::string> version = co_await ask(tools_, std::move(question), time.left());
    if (!version) co_return core::fail(version.error());
    listing.tool = tool_of(*version);

    core::Task<core::Outcome<Stanza>> asking = ask_info(time);
    core::Outcome<Stanza> stanza = co_await std::move(asking);
    if (!stanza) co_return core::fail(stanza.error());
    core::Task<core::Outcome<std::vector<ArchivedFile>>> listing_wal = list_wal(stanza->archive_id, time);
    core::Outcome<std::vector<ArchivedFile>> wal = co_await std::move(listing_wal);

    listing.retention = co_await ask_retention(time);
    listing.system_id = stanza->system_id;
    listing.sets = std::move(stanza->sets);
    listing.sets_known = stanza->sets_known;
    listing.troubles = std::move(stanza->troubles);
    if (wal) {
      listing.wal = std::move(*wal);
      // repo-ls calls what is not there empty: without a stanza that says nothing.
      listing.wal_known = !listing.wal.empty() || stanza->sets_known;
    } else {
      listing.wal_known = false;
      listing.troubles.push_back(wal.error().what);
    }
    co_return listing;
  }

  core::Task<core::Outcome<std::string>> read_wal(ArchivedFile file, std::uint64_t limit_bytes,
                                                  core::Duration limit) override {
    // Without --ignore-missing a missing file and a missing configuration exit alike.
    Question question =
        query("cannot read " + file.name + " of " + target(), {"--ignore-missing", "repo-get", file.object});
    question.most_output_bytes = limit_bytes;
    question.absent_code = 1;
    core::Task<core::Outcome<std::string>> asking = ask(tools_, std::move(question), limit);
    co_return co_await std::move(asking);
  }

  // What the configuration maps or links to a place outside must be taken back option by option: a mapped
  // tablespace or link goes before --tablespace-map-all and --no-link-all. A databases' choice would leave
  // zeroes where the others were. --archive-mode=off does nothing with --type=none, but says what is meant.
  core::Outcome<std::vector<Step>> restore(const BackupSet& set, const std::string& directory,
                                           bool reuse) const override {
    if (!set.complete) {
      return core::fail(core::Errc::invalid, "cannot restore " + set.label + ": it did not end well");
    }
    Words argv = asking_words();
    const Words more = {"--set=" + set.label,
                        "--pg1-path=" + directory,
                        "--reset-pg1-host",  // on the repository's host this one is the database's
                        "--type=none",
                        "--archive-mode=off",
                        "--no-link-all",
                        "--reset-link-map",
                        "--reset-tablespace-map",
                        "--tablespace-map-all=" + beside(directory) + "/tablespaces",
                        "--reset-recovery-option",
                        "--reset-db-include",
                        "--reset-db-exclude",
                        reuse ? "--delta" : "--no-delta",
                        "--lock-path=" + beside(directory) + "/lock",
                        "--spool-path=" + beside(directory) + "/spool",
                        "--log-level-file=off",
                        "--log-level-console=info",
                        "--log-level-stderr=warn",
                        "restore"};
    argv.insert(argv.end(), more.begin(), more.end());
    std::vector<Step> steps;
    steps.push_back({"restore " + set.label + " with pgbackrest", std::move(argv), {}});
    return steps;
  }

  core::Outcome<FetchPlan> fetch_wal() const override {
    FetchPlan plan;
    plan.argv = asking_words();
    const Words more = {"--pg1-path=%d",
                        "--reset-pg1-host",
                        "--no-archive-async",
                        "--lock-path=%d-beside/lock",
                        "--log-level-file=off",
                        "--log-level-console=off",
                        "--log-level-stderr=warn",
                        "archive-get",
                        "%f",
                        "%p"};
    plan.argv.insert(plan.argv.end(), more.begin(), more.end());
    plan.absent_codes = {1};
    return plan;
  }

  // With the configuration's own locks and logs: it must not run beside another one.
  core::Outcome<Step> backup(BackupKind kind) const override {
    if (kind == BackupKind::dump) {
      return core::fail(core::Errc::unsupported, "cannot take a dump with pgbackrest");
    }
    const char* type = kind == BackupKind::full ? "full" : kind == BackupKind::differential ? "diff" : "incr";
    Words argv = asking_words();
    const Words more = {std::string("--type=") + type, "--log-level-console=info", "--log-level-stderr=warn",
                        "backup"};
    argv.insert(argv.end(), more.begin(), more.end());
    return Step{"take a " + std::string(name_of(kind)) + " backup with pgbackrest", std::move(argv), {}};
  }

  std::string target() const override {
    return "pgbackrest stanza " + settings_.stanza +
           (settings_.repository == 1 ? "" : fmt::format(" in repository {}", settings_.repository));
  }

 private:
  static std::string tool_of(std::string_view version) {
    const std::string line = first_line(version);
    const std::size_t space = line.rfind(' ');
    return "pgbackrest " + (space == std::string::npos ? line : line.substr(space + 1));
  }

  Words asking_words() const {
    Words argv{settings_.command};
    if (!settings_.config.empty()) argv.push_back("--config=" + settings_.config);
    argv.push_back("--stanza=" + settings_.stanza);
    argv.push_back(fmt::format("--repo={}", settings_.repository));
    return argv;
  }

  // Only what was asked for goes to the output, and nothing to a log.
  Question query(std::string doing, Words words) const {
    Question question;
    question.doing = std::move(doing);
    question.argv = asking_words();
    for (const char* quiet : {"--log-level-console=off", "--log-level-stderr=warn", "--log-level-file=off"})
      question.argv.emplace_back(quiet);
    question.argv.insert(question.argv.end(), words.begin(), words.end());
    question.most_output_bytes = most_info_bytes;
    question.hint = "run it by hand as the agent's user: " + settings_.command +
                    (settings_.config.empty() ? "" : " --config=" + settings_.config) +
                    " --stanza=" + settings_.stanza + " info";
    return question;
  }

  core::Task<core::Outcome<Stanza>> ask_info(const TimeLeft& time) {
    Question question = query("cannot list the backups of " + target(), {"--output=json", "info"});
    core::Outcome<std::string> said = co_await ask(tools_, std::move(question), time.left());
    if (!said) co_return core::fail(said.error());
    const auto read = [&] { return read_info(*said, settings_.stanza, settings_.repository); };
    core::Outcome<Stanza> stanza = co_await async::offload(tools_.pool, read);
    if (!stanza) co_return core::fail(stanza.error());
    std::size_t asked = 0;
    for (auto set = stanza->sets.rbegin(); set != stanza->sets.rend() && asked < most_damaged_asked; ++set) {
      if (!set->damaged) continue;
      ++asked;
      co_await name_damage(*set, time);
    }
    co_return std::move(*stanza);
  }

  // Only asked of one set does it name the files.
  core::Task<void> name_damage(BackupSet& set, const TimeLeft& time) {
    Question question = query("cannot ask for " + set.label, {"--output=json", "--set=" + set.label, "info"});
    const core::Outcome<std::string> said = co_await ask(tools_, std::move(question), time.left());
    if (!said) co_return;
    const std::vector<std::string> files = read_damaged_files(*said, set.label);
    constexpr std::size_t most_named = 5;
    for (std::size_t at = 0; at < files.size() && at < most_named; ++at) {
      set.trouble += (at == 0 ? ": " : ", ") + first_line(files[at]);
    }
    if (files.size() > most_named)
      set.trouble += fmt::format(" and {} more files", files.size() - most_named);
  }

  // A rehearsal, under a lock of its own: with the configured one it would keep a backup that begins just now
  // from running.
  core::Task<std::optional<Retention>> ask_retention(const TimeLeft& time) {
    const os::Scratch lock;
    Question question =
        query("cannot ask for the retention of " + target(),
              {"--dry-run", "--lock-path=" + lock.path(), "--log-level-console=info", "expire"});
    std::erase(question.argv, "--log-level-console=off");
    const core::Outcome<std::string> said = co_await ask(tools_, std::move(question), time.left());
    // On the database's host of a remote repository it says no, and that is no fault.
    if (!said) co_return std::nullopt;
    co_return read_pgbackrest_retention(*said, settings_.repository);
  }

  core::Task<core::Outcome<std::vector<ArchivedFile>>> list_wal(std::string archive_id,
                                                                const TimeLeft& time) {
    Question question = query("cannot list the archived WAL of " + target(),
                              {"--output=json", "--recurse", "repo-ls", "archive/" + settings_.stanza});
    question.most_output_bytes = most_listing_bytes;
    core::Outcome<std::string> said = co_await ask(tools_, std::move(question), time.left());
    if (!said) co_return core::fail(said.error());
    const auto read = [&] { return read_archive(*said, settings_.stanza, archive_id); };
    co_return co_await async::offload(tools_.pool, read);
  }

  Settings settings_;
  Tools tools_;
};

}  // namespace

std::unique_ptr<Catalog> make_catalog(Settings settings, const Tools& tools) {
  return std::make_unique<PgBackRest>(std::move(settings), tools);
}

}  // namespace outrider::catalogs::pgbackrest
