#include "agent/recovery/settings.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

#include <charconv>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;
using Asked = std::variant<Ask, SqlCheck>;

constexpr std::uint64_t kib = 1024, mib = 1024 * kib, tib = mib * mib;

struct CatalogSetting {
  catalogs::Maker make;
};

config::Kind<PostgresSettings> postgres_kind() {
  return config::Object<PostgresSettings>()
      .required("dsn", &PostgresSettings::dsn, config::text_matching(1, 4096),
                "how to reach it, in libpq's form; put the password into a pgpass file")
      .optional("look_every", &PostgresSettings::look_every, config::duration(1s, 10min),
                "how often it is looked at")
      .optional("timeout", &PostgresSettings::timeout, config::duration(100ms, 5min),
                "how long one statement may take")
      .optional("server_log", &PostgresSettings::server_log, config::path(),
                "its log file, where a failing archive command's words are looked for; asked of the server "
                "when left out")
      .optional("data_directory", &PostgresSettings::data_directory, config::path(),
                "the primary's, where it can be read: a drill then counts the commits that would be lost");
}

config::Kind<CanarySettings> canary_kind() {
  return config::Object<CanarySettings>()
      .optional("every", &CanarySettings::every, config::duration_or({{"never", 0s}}, 1s, 1h),
                "how often a row is written whose return a drill looks for")
      .optional("keep", &CanarySettings::keep, config::duration(1h, 24h * 365),
                "how long rows stay in the database");
}

config::Kind<Asked> check_kind() {
  const std::function<Asked(Ask)> of_word = [](Ask ask) { return Asked(ask); };
  const std::function<Asked(SqlCheck)> of_statement = [](SqlCheck check) { return Asked(std::move(check)); };
  const auto words = config::choice<Ask>({{"canary", Ask::canary},
                                          {"lengths", Ask::lengths},
                                          {"rows", Ask::rows},
                                          {"checksums", Ask::checksums},
                                          {"amcheck", Ask::amcheck},
                                          {"hashes", Ask::hashes},
                                          {"collations", Ask::collations},
                                          {"manifest", Ask::manifest}});
  const config::Kind<SqlCheck> statement =
      config::Object<SqlCheck>()
          .required("sql", &SqlCheck::statement, config::text_matching(1, 65536),
                    "a statement whose first value must be true on the restored copy")
          .optional("database", &SqlCheck::database, config::text_matching(1, 63), "where it is run");
  return config::either<Asked>(words.as<Asked>(of_word), statement.as<Asked>(of_statement));
}

config::Kind<std::optional<core::Duration>> time_of_day_kind() {
  const std::function<std::optional<std::string>(const std::string&)> judge = [](const std::string& text) {
    return read_time_of_day(text) ? std::optional<std::string>()
                                  : "must be a time of day in UTC like \"03:30\"";
  };
  const std::function<std::optional<core::Duration>(std::string)> turn = [](std::string text) {
    return read_time_of_day(text);
  };
  return config::text().check(judge).as<std::optional<core::Duration>>(turn);
}

config::Kind<HashSettings> hashes_kind() {
  return config::Object<HashSettings>()
      .optional("most_bytes", &HashSettings::most_bytes, config::bytes(1 << 20, 1ULL << 40),
                "so much of the source's tables is read before a drill, and so much after it")
      .optional("rate", &HashSettings::rate, config::bytes(1 << 20, 1ULL << 34), "and so much of it a second")
      .optional("timeout", &HashSettings::timeout, config::duration(100ms, 5min),
                "how long one statement may take; it reads about 16 MiB")
      .optional("tables", &HashSettings::tables, config::list_of(config::text_matching(3, 200), 0, 1000),
                "only these, as schema.table");
}

config::Kind<DrillSettings> drill_kind() {
  const auto after_backup = config::choice<AfterBackup>(
      {{"never", AfterBackup::never}, {"full", AfterBackup::full}, {"any", AfterBackup::any}});
  const auto network = config::choice<NetworkCut>(
      {{"auto", NetworkCut::automatic}, {"cut", NetworkCut::cut}, {"shared", NetworkCut::shared}});
  return config::Object<DrillSettings>()
      .optional("scratch", &DrillSettings::scratch, config::path(),
                "an empty directory of the drill's own, with room for the database")
      .optional("at", &DrillSettings::at, time_of_day_kind(),
                "when to drill each day, in UTC: the backup that was never drilled, or longest ago")
      .optional("after_backup", &DrillSettings::after_backup, after_backup,
                "which new backups are drilled as soon as they have ended")
      .optional("lease", &DrillSettings::lease, config::path(),
                "a file on storage that the agents of a fleet share: only one of them drills at a time")
      .optional("user", &DrillSettings::user, config::text_matching(1, 64),
                "as whom tools and the restored server run when outrider is root")
      .optional("role", &DrillSettings::role, config::text_matching(1, 63), "a superuser of the cluster")
      .optional("binaries", &DrillSettings::binaries, config::path(),
                "where PostgreSQL's programs are; found by the version of the data when left out")
      .optional("checks", &DrillSettings::checks, config::list_of(check_kind(), 0, 100),
                "what is asked of the restored database")
      .optional("server", &DrillSettings::server, config::map_of(config::text(), config::Names::any),
                "settings that the restored server needs, such as shared_preload_libraries")
      .optional("reuse", &DrillSettings::reuse, config::yes_or_no(),
                "keep the data, so that the next drill only fetches what changed")
      .optional("promote", &DrillSettings::promote, config::yes_or_no(),
                "promote the restored server, as for real")
      .optional("lanes", &DrillSettings::lanes, config::whole(0, 64),
                "WAL files fetched at a time, ahead of the replay; 0: each when it is asked for")
      .optional("niceness", &DrillSettings::niceness, config::whole(0, 19),
                "how far behind everything else it runs, on the processor and, unless 0, on the disk")
      .optional("cgroup", &DrillSettings::cgroup, config::path(),
                "a folder of cgroup v2 that everything it starts goes into, with your ceilings in it")
      .optional(
          "most_bytes_per_second", &DrillSettings::most_bytes_per_second, config::bytes(kib, tib),
          "what a restore may write a second, and how much WAL it may fetch; left out: as fast as it goes")
      .optional("most_load", &DrillSettings::most_load, config::number(0.1, 1000),
                "runnable processes per core above which no drill begins")
      .optional(
          "network", &DrillSettings::network, network,
          "cut: the restored server is alone in a network namespace, or the drill could not verify; auto: "
          "where that can be had; shared: it has this machine's network")
      .optional("limit", &DrillSettings::limit, config::duration(1min, 24h * 7),
                "how long each phase may take")
      .optional("hashes", &DrillSettings::hashes, hashes_kind(),
                "how much of the source's content is hashed, to be compared with the copy's");
}

config::Kind<StandbySettings> standby_kind() {
  return config::Object<StandbySettings>()
      .required("directory", &StandbySettings::directory, config::path(),
                "an empty directory of its own, with room for the database and some WAL")
      .optional("every", &StandbySettings::every, config::duration(1s, 1h), "how often it is looked at")
      .optional("most_bytes_per_second", &StandbySettings::most_bytes_per_second, config::bytes(kib, tib),
                "the ceiling of its replay; without one it goes as fast as it can")
      .optional("shared_buffers", &StandbySettings::shared_buffers, config::bytes(mib, tib),
                "how much its server keeps in memory")
      .optional("niceness", &StandbySettings::niceness, config::whole(0, 19),
                "how far behind everything else it runs");
}

// One inside the other would be cleared with it.
bool overlap(const std::string& one, const std::string& other) {
  const auto inside = [](std::string path, std::string folder) {
    while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path == folder || path.starts_with(folder + "/");
  };
  return inside(one, other) || inside(other, one);
}

std::optional<config::Complaint> judge_standby_place(const Settings& settings) {
  if (!settings.proof_standby) return std::nullopt;
  if (settings.catalogs.empty())
    return config::Complaint{"proof_standby",
                             "`proof_standby` needs `catalogs`: it follows the first of them"};
  if (!overlap(settings.proof_standby->directory, settings.drill.scratch)) return std::nullopt;
  return config::Complaint{"proof_standby",
                           "`proof_standby.directory` and `drill.scratch` must not lie in each other"};
}

config::Kind<RemedySettings> remedy_kind() {
  const auto modes = config::choice<RemedyMode>(
      {{"observe", RemedyMode::observe}, {"suggest", RemedyMode::suggest}, {"do", RemedyMode::act}});
  return config::Object<RemedySettings>()
      .optional(
          "mode", &RemedySettings::mode, modes,
          "what to do about what endangers the promise: only watch, say what would help, or do it within "
          "limits")
      .optional(
          "slot_cap", &RemedySettings::slot_cap_bytes, config::bytes(16 * mib, 1024 * tib),
          "consent: when a slot without a reader fills the disk of pg_wal within hours, cap with "
          "max_slot_wal_keep_size what slots may hold, though the reader then loses its place; left out: "
          "it is only told");
}

config::Kind<GateSettings> gate_kind() {
  return config::Object<GateSettings>().optional(
      "valid_for", &GateSettings::valid_for, config::duration(10s, 1h),
      "for how long a signed answer of the gate counts elsewhere: outrider check … --verify");
}

config::Kind<catalogs::Maker> catalog_kind(const catalogs::Shelf& shelf) {
  const std::function<catalogs::Maker(CatalogSetting)> turn = [](CatalogSetting setting) {
    return setting.make;
  };
  const config::Kind<CatalogSetting> kind = config::Object<CatalogSetting>().one_of(
      &CatalogSetting::make, config::alternatives(shelf.entries()), "which tool keeps the backups");
  return kind.as<catalogs::Maker>(turn);
}

}  // namespace

std::optional<core::Duration> read_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  int hour = 0, minute = 0;
  const auto first = std::from_chars(text.data(), text.data() + 2, hour);
  const auto second = std::from_chars(text.data() + 3, text.data() + 5, minute);
  if (first.ptr != text.data() + 2 || second.ptr != text.data() + 5) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  return std::chrono::hours(hour) + std::chrono::minutes(minute);
}

DrillOrder DrillSettings::order() const {
  DrillOrder order;
  if (!checks.empty()) order.checks.clear();
  for (const auto& check : checks) {
    if (const auto* ask = std::get_if<Ask>(&check)) order.checks.push_back(*ask);
    if (const auto* statement = std::get_if<SqlCheck>(&check)) order.statements.push_back(*statement);
  }
  order.server_settings = server;
  order.keep_data = reuse;
  order.promote = promote;
  order.limit = limit;
  order.most_load_per_core = most_load;
  return order;
}

config::Kind<Settings> settings_kind(const catalogs::Shelf& shelf) {
  return config::Object<Settings>()
      .optional("postgres", &Settings::postgres, postgres_kind(), "the database whose recovery is watched")
      .optional("objectives", &Settings::objectives, objectives_kind(), "what has been promised")
      .optional("canary", &Settings::canary, canary_kind(), "rows written to see how far a restore comes")
      .optional("catalogs", &Settings::catalogs, config::list_of(catalog_kind(shelf), 0, 16),
                "where the backups are listed")
      .optional("list_every", &Settings::list_every, config::duration(5s, 24h),
                "how often catalogs are listed")
      .optional("drill", &Settings::drill, drill_kind(), "how restores are tried")
      .optional(
          "proof_standby", &Settings::proof_standby, standby_kind(),
          "a restored copy that follows the archive, so that it is always known how far a recovery comes")
      .optional("remedy", &Settings::remedy, remedy_kind(), "what outrider may do by itself")
      .optional("gate", &Settings::gate, gate_kind(), "the answers of `outrider check`")
      .optional("alarms", &Settings::alarms, alarm_settings_kind(),
                "how it is tried whether alarms fire and reach people")
      .rule(judge_standby_place);
}

}  // namespace outrider::recovery
