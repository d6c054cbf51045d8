// What the command line needs from the rest of the program. It parses and shows; main hands in the doing.
//   int main(int argc, char** argv) {
//     cli::Actions actions{.run = …, .validate = …, .check = …, .schema = …, .premises = …, .client = …};
//     return cli::run(argc, argv, actions, cli::standard_terminal());
//   }
#pragma once

#include "agent/async/executor.hpp"
#include "agent/cli/explained.hpp"
#include "agent/cli/proof/asked.hpp"
#include "agent/core/commands.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/status.hpp"
#include "agent/net/http.hpp"
#include "agent/pipeline/rehearsal/rehearsed.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace outrider::core {
class Clock;
}

namespace outrider::cli {

struct RunOptions {
  std::string config_path;
  bool dry_run = false;  // judge and tell, restart nothing
};

// A configuration that was read: either good, with a few words on what it holds, or bad, with the report.
struct Validation {
  bool good = false;
  std::string summary;                // "1 child, 2 probes, 1 scrape"
  std::string report;                 // every error as file:line:column with caret; empty when good
  std::vector<std::string> warnings;  // legal, but worth a thought
};

// What a configuration asks of the machine; `doctor` looks whether it is there.
struct Premises {
  std::string state_directory;
  std::vector<std::pair<std::string, std::string>> listen;    // {"api.listen", "127.0.0.1:9465"}
  std::string socket;                                         // api.socket
  std::vector<std::string> child;                             // argv; empty: nothing is supervised
  std::string child_directory;                                // empty: ours
  std::vector<std::string> sink_paths;                        // files that will be written
  std::vector<std::pair<std::string, std::string>> readable;  // {"api.tls.key", "/etc/…"}: files to be read
};

// One drill, from the command line.
struct DrillOptions {
  std::string config_path;
  std::string catalog;  // words of its target; empty: the first
  std::string set;      // a backup set's label; empty: the newest that can be restored
  std::string to_lsn, to_time, to_point, restore_point;  // at most one; the last is made first
  bool keep = false;                                     // the data, for the next drill
};

// What it found, for people and for programs.
struct DrillAnswer {
  int code = 3;
  std::string text;
  std::string json;
};

// "fetch", "restoring …"
using DrillProgress = std::function<void(const std::string& phase, const std::string& what)>;

struct SetupChoice {            // what the role may do beyond writing canaries
  bool reading = true;          // read all tables
  bool restore_points = false;  // make restore points, and switch WAL
  bool slot_cap = false;        // cap what replication slots may hold
};

struct Actions {
  // The agent until it ends; the code is the program's.
  std::function<int(const RunOptions&)> run;

  std::function<Validation(const std::string& config_path)> validate;

  // Asks each configured probe once. An Error when they could not be asked at all; Errc::invalid when the
  // configuration is bad, its report being `what`.
  std::function<core::Outcome<std::vector<core::ProbeStatus>>(const std::string& config_path)> check;

  // The JSON Schema of the configuration.
  std::function<std::string()> schema;

  // The same kinds of Error as `check`.
  std::function<core::Outcome<Premises>(const std::string& config_path)> premises;

  // Reads standard input to its end and tells of each line. Errors as for `check`.
  std::function<core::Outcome<>(const ExplainOptions&, const TellLine&)> explain;

  // Runs the tests of a file. An Error, `invalid`, when it cannot be used: its report is `what`.
  std::function<core::Outcome<std::vector<pipeline::Rehearsed>>(const std::string& path)> rehearse;

  // Restores a backup for real, here. An Error when it could not even begin; `invalid` as for `check`.
  std::function<core::Outcome<DrillAnswer>(const DrillOptions&, const DrillProgress&)> drill;

  // The gate, after one look from here and without an agent.
  std::function<core::Outcome<core::GateAnswer>(const std::string& config_path, const core::GateQuestion&)>
      gate_here;

  // Writes a bundle of evidence. The errors are those of `check`.
  std::function<core::Outcome<Told>(const EvidenceOptions&)> make_evidence;
  // The public key: of the configuration's state directory, or of this one.
  std::function<core::Outcome<Told>(const std::string& config_path, const std::string& state)> show_key;
  // Need no configuration and no agent. `invalid`: they cannot be asked like that.
  std::function<core::Outcome<Told>(const EvidenceCheck&)> verify_evidence;
  std::function<core::Outcome<Told>(const AnswerCheck&)> verify_answer;

  // The restore_command of a drill's server: 0 found, 1 truly absent, 126 anything else.
  std::function<int(const std::string& order, const std::string& file, const std::string& to)> fetch_wal;

  // The SQL that prepares the database, for this role; and the same, done.
  std::function<std::vector<std::string>(const std::string& role, const SetupChoice&)> setup_postgres;
  std::function<core::Outcome<>(const std::string& config_path, const std::string& dsn,
                                const std::string& role, const SetupChoice&)>
      apply_setup;

  // What the clusters of logs.send_to need, as requests to read; or the same, done, and what was.
  std::function<core::Outcome<std::string>(const std::string& config_path, bool failure_store, bool apply)>
      setup_elasticsearch;

  // An incident's JSON as a page that needs nothing else.
  std::function<std::string(std::string_view json)> incident_page;
  // Sends a test message through the notifier of that name, or through each. `invalid` as for `check`.
  std::function<core::Outcome<std::string>(const std::string& config_path, const std::string& name,
                                           const std::string& who)>
      test_notifiers;

  // For the commands that speak to a running agent.
  std::function<std::unique_ptr<net::Client>(async::Executor)> client;
  core::Clock* clock = nullptr;

  std::string version = "0.0.0";
};

}  // namespace outrider::cli
