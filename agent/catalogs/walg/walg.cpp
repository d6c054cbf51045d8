#include "agent/catalogs/walg/walg.hpp"

#include "agent/catalogs/asking.hpp"
#include "agent/catalogs/fields.hpp"
#include "agent/catalogs/walg/backups.hpp"

#include <map>
#include <utility>

namespace outrider::catalogs::walg {
namespace {

constexpr std::uint64_t most_list_bytes = 64ULL << 20;
constexpr std::uint64_t most_listing_bytes = 512ULL << 20;
constexpr std::uint64_t most_sentinel_bytes = 16ULL << 20;  // those of old versions name every file
constexpr std::size_t most_sentinels_asked = 8;             // at one listing; the newest first
constexpr int absent_code = 74;                             // of wal-fetch only

using Words = std::vector<std::string>;

class WalG final : public Catalog {
 public:
  WalG(Settings settings, const Tools& tools) : settings_(std::move(settings)), tools_(tools) {}

  core::Task<core::Outcome<Listing>> list(core::Duration limit) override {
    const TimeLeft time(tools_.clock, limit);
    Listing listing;
    Question version = query("cannot ask wal-g for its version", {"--version"});
    const core::Outcome<std::string> tool = co_await ask(tools_, std::move(version), time.left());
    if (!tool) co_return core::fail(tool.error());
    listing.tool = first_line(*tool).substr(0, most_tool_letters);

    Question question =
        query("cannot list the backups of " + target(), {"backup-list", "--detail", "--json"});
    const core::Outcome<std::string> said = co_await ask(tools_, std::move(question), time.left());
    if (!said) co_return core::fail(said.error());
    core::Outcome<std::vector<BackupSet>> sets = read_backups(*said);
    if (sets) listing.sets = std::move(*sets);
    listing.sets_known = !listing.sets.empty();
    if (!listing.sets_known) {
      listing.troubles.push_back(
          sets ? "wal-g lists no backup: it says so of a storage that it cannot read, too"
               : sets.error().what);
    }
    for (const BackupSet& set : listing.sets) {
      if (set.system_id) listing.system_id = set.system_id;
    }
    co_await list_wal(listing, time);
    co_await ask_sentinels(listing, time);
    co_return listing;
  }

  // Its exit code does not tell an absent object from one that cannot be read.
  core::Task<core::Outcome<std::string>> read_wal(ArchivedFile file, std::uint64_t limit_bytes,
                                                  core::Duration limit) override {
    Question question = query("cannot read " + file.name + " of " + target(), {"st", "cat", file.object});
    question.most_output_bytes = limit_bytes;
    core::Task<core::Outcome<std::string>> asking = ask(tools_, std::move(question), limit);
    co_return co_await std::move(asking);
  }

  core::Outcome<std::vector<Step>> restore(const BackupSet& set, const std::string& directory,
                                           bool) const override {
    if (!set.complete) {
      return core::fail(core::Errc::invalid, "cannot restore " + set.label + ": " + set.trouble);
    }
    const auto plain = plain_.find(set.label);
    if (plain == plain_.end()) {
      return core::fail(core::Errc::unavailable,
                        "cannot restore " + set.label + ": whether it has tablespaces is not known yet");
    }
    if (!plain->second) {
      return core::fail(
          core::Errc::unsupported,
          "cannot restore " + set.label + ": wal-g would write its tablespaces over the source's",
          "restore it by hand with --restore-spec");
    }
    Words argv = asking_words({"backup-fetch", directory, set.label});
    std::vector<Step> steps;
    // It wants an empty folder.
    steps.push_back({"make " + directory, {"mkdir", "-p", "-m", "0700", "--", directory}, {}});
    steps.push_back({"empty what the last one left", {"find", directory, "-mindepth", "1", "-delete"}, {}});
    steps.push_back({"restore " + set.label + " with wal-g", std::move(argv), {}});
    steps.push_back({"take away what would make it a standby",
                     {"rm", "-f", "--", directory + "/standby.signal", directory + "/recovery.signal",
                      directory + "/postmaster.pid"},
                     {}});
    return steps;
  }

  // Alone: what it fetches ahead, it keeps in the data directory.
  core::Outcome<FetchPlan> fetch_wal() const override {
    FetchPlan plan;
    plan.argv = asking_words({"wal-fetch", "%f", "%p"});
    plan.environment = {"WALG_DOWNLOAD_CONCURRENCY=1"};
    plan.absent_codes = {absent_code};
    return plan;
  }

  core::Outcome<Step> backup(BackupKind) const override {
    return core::fail(core::Errc::unsupported,
                      "cannot take a backup with wal-g: it does not know the server's directory",
                      "let its own timer take it");
  }

  std::string target() const override {
    return "wal-g" + (settings_.config.empty() ? "" : " with " + settings_.config);
  }

 private:
  static constexpr std::size_t most_tool_letters = 60;

  Words asking_words(Words words) const {
    Words argv{settings_.command};
    if (!settings_.config.empty()) {
      argv.emplace_back("--config");
      argv.push_back(settings_.config);
    }
    argv.insert(argv.end(), words.begin(), words.end());
    return argv;
  }

  Question query(std::string doing, Words words) const {
    Question question;
    question.doing = std::move(doing);
    question.argv = asking_words(std::move(words));
    question.most_output_bytes = most_list_bytes;
    question.hint = "run it by hand as the agent's user, with the agent's environment: " + settings_.command +
                    (settings_.config.empty() ? "" : " --config " + settings_.config) + " backup-list";
    return question;
  }

  core::Task<void> list_wal(Listing& listing, const TimeLeft& time) {
    Question question = query("cannot list the archived WAL of " + target(), {"st", "ls", "wal_005/"});
    question.most_output_bytes = most_listing_bytes;
    const core::Outcome<std::string> said = co_await ask(tools_, std::move(question), time.left());
    const auto read = [&] {
      return said ? read_archive(*said) : core::Outcome<std::vector<ArchivedFile>>(core::fail(said.error()));
    };
    core::Outcome<std::vector<ArchivedFile>> wal = co_await async::offload(tools_.pool, read);
    if (wal) {
      listing.wal = std::move(*wal);
      listing.wal_known = !listing.wal.empty() || listing.sets_known;
    } else {
      listing.wal_known = false;
      listing.troubles.push_back(wal.error().what);
    }
  }

  // A sentinel never changes: it is asked for once.
  core::Task<void> ask_sentinels(const Listing& listing, const TimeLeft& time) {
    std::size_t asked = 0;
    for (auto set = listing.sets.rbegin(); set != listing.sets.rend() && asked < most_sentinels_asked;
         ++set) {
      if (plain_.contains(set->label)) continue;
      ++asked;
      Question question =
          query("cannot read the sentinel of " + set->label,
                {"st", "cat", "basebackups_005/" + set->label + "_backup_stop_sentinel.json"});
      question.most_output_bytes = most_sentinel_bytes;
      const core::Outcome<std::string> said = co_await ask(tools_, std::move(question), time.left());
      if (!said) continue;
      const core::Outcome<bool> plain = has_no_tablespaces(*said);
      if (plain) plain_[set->label] = *plain;
    }
  }

  Settings settings_;
  Tools tools_;
  std::map<std::string, bool, std::less<>> plain_;  // which backups have no tablespaces
};

}  // namespace

std::unique_ptr<Catalog> make_catalog(Settings settings, const Tools& tools) {
  return std::make_unique<WalG>(std::move(settings), tools);
}

}  // namespace outrider::catalogs::walg
