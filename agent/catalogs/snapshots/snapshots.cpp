#include "agent/catalogs/snapshots/snapshots.hpp"

#include "agent/catalogs/asking.hpp"

#include <utility>

namespace outrider::catalogs::snapshots {
namespace {

using core::Errc;

constexpr std::uint64_t most_list_bytes = 16ULL << 20;

class Snapshots final : public Catalog {
 public:
  Snapshots(Settings settings, const Tools& tools) : settings_(std::move(settings)), tools_(tools) {}

  core::Task<core::Outcome<Listing>> list(core::Duration limit) override {
    Question question;
    question.doing = "cannot list the " + target();
    question.argv = settings_.command;
    question.most_output_bytes = most_list_bytes;
    question.hint = "run the command by hand, as the user outrider runs as";
    const core::Outcome<std::string> said = co_await ask(tools_, std::move(question), limit);
    if (!said) co_return core::fail(said.error());
    core::Outcome<std::vector<BackupSet>> sets = read_snapshots(*said);
    if (!sets) co_return core::fail("cannot list the " + target(), sets.error());
    Listing listing;
    listing.archives_wal = false;
    listing.sets = std::move(*sets);
    co_return listing;
  }

  core::Task<core::Outcome<std::string>> read_wal(ArchivedFile, std::uint64_t, core::Duration) override {
    co_return core::fail(no_wal());
  }
  core::Outcome<FetchPlan> fetch_wal() const override { return core::fail(no_wal()); }

  core::Outcome<std::vector<Step>> restore(const BackupSet& set, const std::string&, bool) const override {
    return core::fail(Errc::unsupported,
                      "cannot restore " + set.label + ": it is a snapshot of its provider's",
                      "restore it there, and point a second agent at what came of it");
  }
  core::Outcome<Step> backup(BackupKind) const override {
    return core::fail(Errc::unsupported, "cannot take a snapshot", "let its provider's schedule take it");
  }
  std::string target() const override { return "snapshots " + settings_.name; }

 private:
  core::Error no_wal() const { return {Errc::unsupported, "no WAL belongs to the " + target()}; }

  Settings settings_;
  Tools tools_;
};

}  // namespace

std::unique_ptr<Catalog> make_catalog(Settings settings, const Tools& tools) {
  return std::make_unique<Snapshots>(std::move(settings), tools);
}

}  // namespace outrider::catalogs::snapshots
