#include "agent/catalogs/barman/barman.hpp"

#include "agent/catalogs/asking.hpp"
#include "agent/catalogs/barman/backups.hpp"
#include "agent/catalogs/fields.hpp"
#include "agent/catalogs/wal_folder.hpp"

#include <map>
#include <utility>

namespace outrider::catalogs::barman {
namespace {

constexpr std::uint64_t most_list_bytes = 64ULL << 20;
constexpr std::uint64_t most_info_bytes = 1ULL << 20;

using Words = std::vector<std::string>;

class Barman final : public Catalog {
 public:
  Barman(Settings settings, const Tools& tools) : settings_(std::move(settings)), tools_(tools) {}

  core::Task<core::Outcome<Listing>> list(core::Duration limit) override {
    const TimeLeft time(tools_.clock, limit);
    Listing listing;
    Question version = query("cannot ask barman for its version", {"--version"});
    const core::Outcome<std::string> tool = co_await ask(tools_, std::move(version), time.left());
    if (!tool) co_return core::fail(tool.error());
    const std::string line = first_line(*tool);
    listing.tool = "barman " + line.substr(0, line.find(' '));

    Question question = query("cannot list the backups of " + target(),
                              {"--format", "json", "list-backup", settings_.server});
    const core::Outcome<std::string> said = co_await ask(tools_, std::move(question), time.left());
    if (!said) co_return core::fail(said.error());
    core::Outcome<std::vector<Backup>> backups = read_backups(*said, settings_.server);
    if (!backups) co_return core::fail(backups.error());

    os::TreeBounds bounds;
    const core::Instant end = tools_.clock.now() + time.left();
    bounds.late = [this, end] { return tools_.clock.now() >= end; };
    const auto look = [&] { look_for_oneself(*backups, bounds, listing); };
    co_await async::offload(tools_.pool, look);

    tablespaces_.clear();
    for (Backup& backup : *backups) {
      tablespaces_[backup.set.label] = std::move(backup.tablespaces);
      if (backup.set.system_id) listing.system_id = backup.set.system_id;
      listing.sets.push_back(std::move(backup.set));
    }
    co_return listing;
  }

  core::Task<core::Outcome<std::string>> read_wal(ArchivedFile file, std::uint64_t limit_bytes,
                                                  core::Duration) override {
    const auto work = [&] { return os::read_beneath(wal_folder(), file.object, limit_bytes); };
    co_return co_await async::offload(tools_.pool, work);
  }

  // A tablespace that is not given a new place is written over the one at the source. --get-wal: the WAL is
  // left for whoever recovers to fetch, instead of all of it being copied.
  core::Outcome<std::vector<Step>> restore(const BackupSet& set, const std::string& directory,
                                           bool) const override {
    const auto tablespaces = tablespaces_.find(set.label);
    if (tablespaces == tablespaces_.end()) {
      return core::fail(core::Errc::not_found,
                        "cannot restore " + set.label + ": it was not in the last listing");
    }
    if (!set.complete) {
      return core::fail(core::Errc::invalid, "cannot restore " + set.label + ": " + set.trouble);
    }
    Words argv = asking_words();
    for (const char* word : {"recover", "--get-wal", "--no-retry"}) argv.emplace_back(word);
    for (const std::string& name : tablespaces->second) {
      argv.emplace_back("--tablespace");
      argv.push_back(name + ":" + beside(directory) + "/tablespaces/" + name);
    }
    for (const std::string& word : {settings_.server, set.label, directory}) argv.push_back(word);
    std::vector<Step> steps;
    steps.push_back({"restore " + set.label + " with barman", std::move(argv), {}});
    steps.push_back({"take away what would make it a standby",
                     {"rm", "-f", "--", directory + "/standby.signal", directory + "/recovery.signal"},
                     {}});
    return steps;
  }

  core::Outcome<FetchPlan> fetch_wal() const override { return fetch_from_folder(wal_folder()); }

  core::Outcome<Step> backup(BackupKind kind) const override {
    if (kind != BackupKind::full) {
      return core::fail(core::Errc::unsupported,
                        "cannot take a " + std::string(name_of(kind)) + " backup with barman");
    }
    Words argv = asking_words();
    argv.emplace_back("backup");
    argv.push_back(settings_.server);
    return Step{"take a backup with barman", std::move(argv), {}};
  }

  // What has come in waits for `barman cron`, once a minute.
  core::Duration settles_within() const override { return std::chrono::seconds(90); }

  std::string target() const override { return "barman server " + settings_.server; }

 private:
  std::string backup_folder() const { return settings_.home + "/" + settings_.server + "/base"; }
  std::string wal_folder() const { return settings_.home + "/" + settings_.server + "/wals"; }

  Words asking_words() const {
    Words argv{settings_.command};
    if (settings_.config.empty()) return argv;
    argv.emplace_back("--config");
    argv.push_back(settings_.config);
    return argv;
  }

  Question query(std::string doing, Words words) const {
    Question question;
    question.doing = std::move(doing);
    question.argv = asking_words();
    question.argv.insert(question.argv.end(), words.begin(), words.end());
    question.most_output_bytes = most_list_bytes;
    question.hint =
        "run it by hand as the agent's user: " + settings_.command + " list-backup " + settings_.server;
    return question;
  }

  // Blocks. To Barman it is done whatever became of it since.
  void note_data(std::string_view info, BackupSet& set) const {
    const bool of_a_volume = info.find("snapshots_info=") != std::string_view::npos &&
                             info.find("snapshots_info=None") == std::string_view::npos;
    if (of_a_volume) return;
    const auto data = os::look_beneath(backup_folder(), set.label + "/data/PG_VERSION");
    if (!set.complete || data || data.error().code != core::Errc::not_found) return;
    set.complete = false;
    set.trouble = "its data are not there: " + backup_folder() + "/" + set.label + "/data";
  }

  // Blocks.
  void look_for_oneself(std::vector<Backup>& backups, const os::TreeBounds& bounds, Listing& listing) {
    const core::Outcome<Words> folders = os::list_folders(backup_folder(), {});
    if (!folders) {
      listing.sets_known = false;
      listing.troubles.push_back(folders.error().what);
    } else if (backups.empty() && !folders->empty()) {
      listing.sets_known = false;
      listing.troubles.push_back("barman lists no backup of " + settings_.server + ", though " +
                                 backup_folder() + " is not empty");
    }
    for (Backup& backup : backups) {
      const auto info = os::read_beneath(backup_folder(), backup.set.label + "/backup.info", most_info_bytes);
      if (info) {
        take_backup_info(*info, backup.set);
        note_data(*info, backup.set);
      } else {
        listing.troubles.push_back(info.error().what);
      }
    }
    core::Outcome<std::vector<ArchivedFile>> wal = list_wal_folder(wal_folder(), bounds);
    if (wal) {
      listing.wal = std::move(*wal);
    } else {
      listing.wal_known = false;
      listing.troubles.push_back(wal.error().what);
    }
  }

  Settings settings_;
  Tools tools_;
  std::map<std::string, Words, std::less<>> tablespaces_;  // of the last listing
};

}  // namespace

std::unique_ptr<Catalog> make_catalog(Settings settings, const Tools& tools) {
  return std::make_unique<Barman>(std::move(settings), tools);
}

}  // namespace outrider::catalogs::barman
