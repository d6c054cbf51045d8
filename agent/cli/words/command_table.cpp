#include "agent/cli/words/command_table.hpp"

#include "agent/cli/words/alert_commands.hpp"
#include "agent/cli/words/log_commands.hpp"
#include "agent/cli/words/people_commands.hpp"
#include "agent/cli/words/usual_options.hpp"

namespace outrider::cli {
namespace {

std::vector<Option> check_options() {
  return {
      agent_option,
      {"require",
       "",
       "CONDITIONS",
       "of the gate: level>=L3 age<24h rpo<5m rto<=15m budget>10% point=before-v42",
       {},
       false,
       false},
      {"expect-wal",
       "",
       "SIZE",
       "of the gate: would it still hold after so much WAL? 40GB",
       {},
       false,
       false},
      {"nonce",
       "",
       "TEXT",
       "of the gate: goes into the signed answer, which is then good for this use only",
       {},
       false,
       false},
      {"audience", "", "NAME", "of the gate: whom the signed answer is for", {}, false, false},
      {"verify",
       "",
       "TOKEN",
       "is this signed answer genuine, to WHAT (default: all), and not expired? Asks nobody; -: from "
       "standard input",
       {},
       false,
       false},
      {"key",
       "",
       "FILE",
       "the agent's public key, for --verify; `outrider evidence key` prints it",
       {},
       false,
       true},
      {"here", "", "", "of the gate: look once, here, without a running agent", {}, false, false},
      {"override-by", "", "NAME", "of the gate: who says that it shall go on all the same", {}, false, false},
      {"override-reason", "", "TEXT", "and why; it goes into the audit journal", {}, false, false},
      {"override-until", "", "TIME", "and until when, 2026-11-21T14:00:00.000Z", {}, false, false}};
}

// On the machine, with the configuration's file.
std::vector<CommandEntry> starting() {
  return {
      {"run",
       "supervise the service and carry its telemetry until told to stop",
       "outrider run -c outrider.yaml",
       {{"dry-run", "", "", "judge and tell, but restart nothing", {}, false, false}},
       "",
       {}},
      {"validate",
       "read the configuration and tell every error at once",
       "outrider validate -c outrider.yaml",
       {},
       "",
       {}},
      {"check",
       "ask each configured probe once; or ask the gate: may this go on? For scripts, pipelines and Nagios",
       "outrider check rpo --require 'level>=L3 age<24h'",
       check_options(),
       "WHAT",
       {"rpo", "rto", "backup", "archive", "replication", "drill", "all"},
       true},
  };
}

// To the running agent.
std::vector<CommandEntry> speaking() {
  return {
      {"status",
       "the running agent on one screen; the exit code is its state",
       "outrider status",
       {agent_option},
       "",
       {}},
      {"timeline",
       "what happened, in sentences",
       "outrider timeline --follow",
       {agent_option,
        count_option,
        {"follow", "f", "", "stay, and tell what happens as it happens", {}, false, false}},
       "",
       {}},
      {"incident",
       "what went wrong with the service: list them, show one (the newest), export it as a page, or note a "
       "change",
       "outrider incident show && outrider incident export 20261129-021500-k7",
       {agent_option,
        count_option,
        state_option,
        {"to", "", "FILE", "of export: where the page is put; -: standard output", {}, false, true},
        {"reason", "r", "TEXT", "of note: what was changed, \"deployed v42\"", {}, false, false}},
       "WHAT",
       {"list", "show", "export", "note"},
       false,
       "ID"},
      {"restart",
       "restart the service now, within its budget",
       "outrider restart --reason \"connection pool is stuck\"",
       {agent_option,
        reason_option,
        {"even-without-budget", "", "", "also when the restart budget is spent", {}, false, false}},
       "",
       {}},
      {"maintenance",
       "take the service into your own hands for a while, or give it back",
       "outrider maintenance start --for 1h --reason \"new disks\"",
       {agent_option,
        reason_option,
        {"for", "", "TIME", "how long, such as 1h; for start", {}, false, false}},
       "WHAT",
       {"start", "end"}},
      {"reload",
       "read the configuration again and apply what changed",
       "outrider reload --reason \"new probe\"",
       {agent_option, reason_option},
       "",
       {}},
  };
}

std::vector<Option> evidence_options() {
  return {
      {"since", "", "WHEN", "from then on: 90d ago (the default), or 2026-11-01T00:00:00Z", {}, false, false},
      {"until", "", "WHEN", "and until before then (default: now)", {}, false, false},
      {"drill", "", "ID", "only this drill: 20261121-142614", {}, false, false},
      {"to",
       "",
       "DIRECTORY",
       "where bundle.json and bundle.html are put (default: outrider-evidence-2026-11-21)",
       {},
       false,
       true},
      {"key",
       "",
       "FILE|NAME",
       "of verify: only this key counts, a file or the 43 letters of its name",
       {},
       false,
       true},
      {"state",
       "",
       "DIRECTORY",
       "of key: its state directory; of verify: compare with the audit journal there",
       {},
       false,
       true}};
}

std::vector<Option> drill_options() {
  return {
      {"catalog",
       "",
       "WORDS",
       "the catalog with these words in its name (default: the first)",
       {},
       false,
       false},
      {"set", "", "LABEL", "the backup set (default: the one that leads furthest)", {}, false, false},
      {"to-lsn", "", "LSN", "recover to this place (default: the end of the archive)", {}, false, false},
      {"to-time", "", "TIME", "recover to this moment, 2026-11-21T14:00:00.000Z", {}, false, false},
      {"to-point", "", "NAME", "recover to this restore point", {}, false, false},
      {"restore-point",
       "",
       "NAME",
       "make this restore point on the primary, wait for the archive, and recover to it",
       {},
       false,
       false},
      {"keep",
       "",
       "",
       "leave the data for the next drill, which then fetches only what changed",
       {},
       false,
       false},
      {"alarms",
       "",
       "",
       "instead: let the running agent feign faults, and say whether each alarm fires and reaches people",
       {},
       false,
       false},
      {"without-notifier",
       "",
       "",
       "of --alarms: do not ask whether a notification goes out",
       {},
       false,
       false},
      {"without-restore", "", "", "of --alarms: leave out those that need a real restore", {}, false, false},
      agent_option};
}

std::vector<Option> setup_options() {
  return {{"role", "", "NAME", "the role that outrider connects as (default: outrider)", {}, false, false},
          {"dsn",
           "",
           "DSN",
           "connect with this instead of recovery.postgres.dsn; needs an owner",
           {},
           false,
           false},
          {"without-reading",
           "",
           "",
           "do not let the role read the tables: their content is then not compared",
           {},
           false,
           false},
          {"restore-points",
           "",
           "",
           "let the role make restore points and switch WAL, for outrider drill --restore-point",
           {},
           false,
           false},
          {"slot-cap",
           "",
           "",
           "let the role cap what replication slots may hold, for recovery.remedy.slot_cap (PostgreSQL 15)",
           {},
           false,
           false},
          {"failure-store",
           "",
           "",
           "of elasticsearch: keep there what the mapping refuses (Elasticsearch 8.19)",
           {},
           false,
           false},
          {"apply", "", "", "run it instead of printing it", {}, false, false}};
}

// Recovery of the database.
std::vector<CommandEntry> recovering() {
  return {
      {"drill",
       "restore a backup for real, into a scratch directory, and say whether everything came back; or drill "
       "the alarms",
       "outrider drill -c outrider.yaml && outrider drill --alarms",
       drill_options(),
       "",
       {}},
      {"setup",
       "print what prepares the database for canaries and hashes, or Elasticsearch for logs; or do it",
       "outrider setup postgres --role outrider --apply && outrider setup elasticsearch --apply",
       setup_options(),
       "WHAT",
       {"postgres", "elasticsearch"}},
      {"evidence",
       "bundle what the drills have proven, for an auditor; or verify a bundle, offline; or print the public "
       "key",
       "outrider evidence --since 90d --to bundle && outrider evidence verify bundle/bundle.json",
       evidence_options(),
       "WHAT",
       {"make", "verify", "key"},
       true,
       "BUNDLE"},
      {"fetch-wal",
       "the restore_command of a drill's server: 0 found, 1 truly absent, 126 cannot tell",
       "outrider fetch-wal --order fetch.json --file %f --to %p",
       {{"order", "", "FILE", "written by the drill", {}, true, true},
        {"file", "", "NAME", "which file of the archive", {}, true, false},
        {"to", "", "PATH", "where it is to be written", {}, true, false}},
       "",
       {}},
  };
}

// About it all.
std::vector<CommandEntry> explaining() {
  return {
      {"explain",
       "what becomes of each line on standard input, step by step, and why",
       "outrider explain -c outrider.yaml < lines.log",
       {{"source", "n", "N", "the N-th element of logs.read (default: the first)", {}, false, false}},
       "",
       {}},
      {"selftest",
       "try out on a disk that no log line is lost and none comes twice, however often the agent is killed",
       "outrider selftest --dir /var/log --seconds 30",
       {{"dir", "", "FOLDER", "on the disk to be tried; what is made there is removed again", {}, true, true},
        {"seconds", "", "N", "how long, 3 to 3600 (default: 30)", {}, false, false},
        {"seed", "", "N", "another number, another story (default: 1)", {}, false, false}},
       "",
       {}},
      {"schema",
       "the configuration's JSON Schema, for editors",
       "outrider schema > outrider.schema.json",
       {},
       "",
       {}},
      {"doctor",
       "would it work on this machine? finds what is in the way",
       "outrider doctor -c outrider.yaml",
       {},
       "",
       {}},
      {"completion",
       "a completion script for your shell",
       "outrider completion bash > /etc/bash_completion.d/outrider",
       {},
       "SHELL",
       {"bash", "zsh", "fish"}},
  };
}

std::vector<CommandEntry> make_commands() {
  std::vector<CommandEntry> all;
  for (auto& part :
       {starting(), speaking(), about_alerts(), about_logs(), recovering(), about_people(), explaining()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

const std::vector<CommandEntry>& commands() {
  static const std::vector<CommandEntry> table = make_commands();
  return table;
}

const std::vector<Option>& global_options() {
  static const std::vector<Option> options{
      {"config",
       "c",
       "FILE",
       "the configuration (default: $OUTRIDER_CONFIG, else /etc/outrider/outrider.yaml)",
       {},
       false,
       true},
      {"token-file",
       "",
       "FILE",
       "the token to show to the agent (default: $OUTRIDER_TOKEN_FILE, else $OUTRIDER_TOKEN)",
       {},
       false,
       true},
      {"output", "o", "FORMAT", "text for people, json for programs", {"text", "json"}, false, false},
      {"color",
       "",
       "WHEN",
       "auto: where a person is looking and NO_COLOR is not set",
       {"auto", "always", "never"},
       false,
       false},
  };
  return options;
}

}  // namespace outrider::cli
