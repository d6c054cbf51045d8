#include "tests/contract/catalog_worlds.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <openssl/evp.h>

namespace outrider::contract {
namespace {

using namespace std::chrono_literals;
namespace files = std::filesystem;
using catalogs::ToolAnswer;
using Words = std::vector<std::string>;

const std::string segment = "000000010000000000000002";

std::string command_of(const std::string& command) { return command.empty() ? "" : ", command: " + command; }

bool has(const Words& argv, std::string_view word) {
  return std::any_of(argv.begin(), argv.end(),
                     [&](const std::string& one) { return one.find(word) != std::string::npos; });
}

// Every question gets this answer, by the first of the words that is in it.
void answer(CatalogWorld& world, const std::string& program,
            std::vector<std::pair<std::string, ToolAnswer>> by_word) {
  world.machine.program(program, [by_word = std::move(by_word)](const Words& argv) {
    for (const auto& [word, said] : by_word) {
      if (has(argv, word)) return said;
    }
    return ToolAnswer{1, {}, "unknown question\n"};
  });
}

CatalogScene pgbackrest() {
  static const std::string tool = "/usr/bin/pgbackrest";
  static const auto say = [](CatalogWorld& world, const ToolAnswer& info) {
    const std::string folder = "pgbackrest/fixtures/";
    answer(world, tool,
           {{"version", {0, "pgBackRest 2.45\n", {}}},
            {"repo-ls", {0, world.machine.fixture(folder + "repo-ls.json"), {}}},
            {"-absent", {1, {}, {}}},
            {"repo-get", {0, "packed", {}}},
            {"--set=", {0, world.machine.fixture(folder + "info-damaged-set.json"), {}}},
            {"info", info}});
  };
  static const auto fixture = [](CatalogWorld& world, const std::string& name) {
    say(world, {0, world.machine.fixture("pgbackrest/fixtures/" + name), {}});
  };
  CatalogScene scene;
  scene.programs = {tool};
  scene.value = [](const CatalogWorld&, const std::string& command) {
    return "{stanza: it" + command_of(command) + "}";
  };
  scene.well = [](CatalogWorld& world) { fixture(world, "info-damaged.json"); };
  for (const std::string name : {"info-denied", "info-no-stanza", "info-wrong-passphrase"})
    scene.unreadable[name] = [name](CatalogWorld& world) { fixture(world, name + ".json"); };
  scene.unreadable["it knows another stanza"] = [](CatalogWorld& world) {
    say(world, {0, R"([{"name": "other", "backup": [], "status": {"code": 0}}])", {}});
  };
  scene.bad = {{"main", "pgbackrest"},
               {"{}", "stanza"},
               {"{stanza: \"a b\"}", "stanza"},
               {"{stanza: \"--all\"}", "stanza"},
               {"{stanza: \"../x\"}", "stanza"},
               {"{stanza: a, config: here}", "config"},
               {"{stanza: a, command: pgbackrest}", "command"},
               {"{stanza: a, repository: 0}", "repository"},
               {"{stanza: a, repo: 1}", "repo"}};
  return scene;
}

CatalogScene barman() {
  static const std::string tool = "/usr/bin/barman";
  static const auto say = [](CatalogWorld& world, const std::string& list) {
    answer(world, tool,
           {{"--version", {0, "3.4.0 Barman by EnterpriseDB (www.enterprisedb.com)\n", {}}},
            {"list-backup", {0, list, {}}}});
  };
  CatalogScene scene;
  scene.programs = {tool};
  scene.value = [](const CatalogWorld& world, const std::string& command) {
    return "{server: main, home: " + world.scratch.path() + command_of(command) + "}";
  };
  scene.well = [](CatalogWorld& world) {
    say(world, world.machine.fixture("barman/fixtures/list-backup.json"));
    world.put("main/base/20261121T152509/backup.info", world.machine.fixture("barman/fixtures/backup.info"));
    world.put("main/base/20261121T152509/data/PG_VERSION", "15\n");
    world.put("main/wals/0000000100000000/" + segment, "\x1f\x8b and so on");
  };
  scene.unreadable["it calls empty what is not mounted"] = [](CatalogWorld& world) {
    say(world, R"({"main": []})");
    files::rename(world.scratch / "main", world.scratch / "elsewhere");
  };
  scene.unreadable["it lists nothing of a folder that holds some"] = [](CatalogWorld& world) {
    say(world, R"({"main": []})");
  };
  scene.unreadable["it knows another server"] = [](CatalogWorld& world) { say(world, R"({"other": []})"); };
  scene.unreadable["it tells of an error"] = [](CatalogWorld& world) {
    say(world, R"({"_EXCEPTION": ["[Errno 13] Permission denied"], "main": []})");
  };
  scene.bad = {{"main", "barman"},
               {"{}", "server"},
               {"{server: all}", "server"},
               {"{server: \"-x\"}", "server"},
               {"{server: \"a/b\"}", "server"},
               {"{server: a, home: here}", "home"},
               {"{server: a, command: barman}", "command"},
               {"{server: a, hom: /x}", "hom"}};
  return scene;
}

// With the sum that belongs to it.
std::string manifest() {
  std::string text =
      "{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": [\n"
      "{ \"Path\": \"PG_VERSION\", \"Size\": 3, \"Last-Modified\": \"2026-11-21 15:05:20 GMT\" }\n],\n"
      "\"WAL-Ranges\": [\n{ \"Timeline\": 1, \"Start-LSN\": \"0/2000028\", \"End-LSN\": \"0/2000100\" "
      "}\n],\n";
  std::array<unsigned char, 32> sum{};
  EVP_Digest(text.data(), text.size(), sum.data(), nullptr, EVP_sha256(), nullptr);
  text += "\"Manifest-Checksum\": \"";
  std::array<char, 3> pair{};
  for (const unsigned char byte : sum) {
    std::snprintf(pair.data(), pair.size(), "%02x", byte);
    text += pair.data();
  }
  return text + "\"}\n";
}

CatalogScene base_backup() {
  CatalogScene scene;
  scene.value = [](const CatalogWorld& world, const std::string&) {
    return "{directory: " + world.scratch / "base" + ", archive: " + world.scratch / "wal" + "}";
  };
  scene.well = [](CatalogWorld& world) {
    world.put("base/monday/PG_VERSION", "15\n");
    world.put("base/monday/backup_manifest", manifest());
    world.put("base/torn/PG_VERSION", "15\n");
    world.put("wal/" + segment + ".gz", "\x1f\x8b and so on");
  };
  scene.unreadable["nothing is mounted"] = [](CatalogWorld& world) {
    files::remove_all(world.scratch / "base");
    files::remove_all(world.scratch / "wal");
  };
  scene.unreadable["a file is in its place"] = [](CatalogWorld& world) {
    files::remove_all(world.scratch / "base");
    world.put("base", "not a folder");
  };
  scene.bad = {{"/backups", "base_backup"},
               {"{}", "directory"},
               {"{directory: here}", "directory"},
               {"{directory: /a, archive: here}", "archive"},
               {"{directory: /a, archve: /b}", "archve"}};
  return scene;
}

CatalogScene walg() {
  static const std::string tool = "/usr/local/bin/wal-g";
  static const auto say = [](CatalogWorld& world, const std::string& list) {
    const std::string folder = "walg/fixtures/";
    answer(world, tool,
           {{"--version", {0, "wal-g version v2.0.1\n", {}}},
            {"backup-list", {0, list, "INFO: No backups found\n"}},
            {"ls", {0, world.machine.fixture(folder + "st-ls.txt"), {}}},
            {"-absent", {1, {}, "ERROR: object does not exist\n"}},
            {"sentinel", {0, world.machine.fixture(folder + "sentinel.json"), {}}},
            {"cat", {0, "packed", {}}}});
  };
  CatalogScene scene;
  scene.tells_absent = false;
  scene.programs = {tool};
  scene.value = [](const CatalogWorld&, const std::string& command) {
    return "{config: /etc/wal-g.json" + command_of(command) + "}";
  };
  scene.well = [](CatalogWorld& world) {
    say(world, world.machine.fixture("walg/fixtures/backup-list.json"));
  };
  scene.unreadable["it finds none, as it says of a storage it cannot read"] = [](CatalogWorld& world) {
    say(world, "");
  };
  scene.unreadable["it lists nothing"] = [](CatalogWorld& world) { say(world, "[]"); };
  scene.bad = {{"main", "walg"},
               {"{config: here}", "config"},
               {"{command: wal-g}", "command"},
               {"{confg: /a}", "confg"}};
  return scene;
}

CatalogScene dump() {
  CatalogScene scene;
  scene.programs = {"/usr/bin/pg_restore", "tail"};
  scene.value = [](const CatalogWorld& world, const std::string& command) {
    return "{directory: " + world.scratch / "dumps" + command_of(command) + "}";
  };
  scene.well = [](CatalogWorld& world) {
    answer(world, "/usr/bin/pg_restore", {{"--file=/dev/null", {0, {}, {}}}});
    answer(world, "tail", {{"-c", {0, "--\n-- PostgreSQL database dump complete\n--\n", {}}}});
    world.put("dumps/monday.dump", "PGDMP and so on");
    world.put("dumps/of/the/week.sql", "select 1;\n");
  };
  scene.unreadable["nothing is mounted"] = [](CatalogWorld& world) {
    files::remove_all(world.scratch / "dumps");
  };
  scene.unreadable["a file is in its place"] = [](CatalogWorld& world) {
    files::remove_all(world.scratch / "dumps");
    world.put("dumps", "not a folder");
  };
  scene.bad = {{"/dumps", "dump"},
               {"{}", "directory"},
               {"{directory: here}", "directory"},
               {"{directory: /a, command: pg_restore}", "command"},
               {"{directory: /a, comand: /b}", "comand"}};
  return scene;
}

CatalogScene snapshots() {
  static const std::string tool = "/usr/bin/aws";
  CatalogScene scene;
  scene.programs = {tool};
  scene.value = [](const CatalogWorld&, const std::string& command) {
    return "{name: school, command: [" + (command.empty() ? tool : command) + ", rds]}";
  };
  scene.well = [](CatalogWorld& world) {
    answer(world, tool, {{"rds", {0, world.machine.fixture("snapshots/fixtures/rds.json"), {}}}});
  };
  for (const std::string said :
       {R"({"Error": "expired"})", R"([{"time": "2026-11-21T15:25:09Z", "complete": true}])",
        R"([{"name": "a", "time": "yesterday", "complete": true}])"})
    scene.unreadable[said] = [said](CatalogWorld& world) { answer(world, tool, {{"rds", {0, said, {}}}}); };
  scene.bad = {{"aws", "snapshots"},
               {"{}", "name"},
               {"{name: a}", "command"},
               {"{name: a, command: aws}", "command"},
               {"{name: a, command: []}", "command"},
               {"{name: a, command: [aws], comand: [b]}", "comand"}};
  return scene;
}

}  // namespace

void CatalogWorld::put(const std::string& name, const std::string& content) {
  const files::path path = scratch / name;
  files::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

void CatalogWorld::silence(const std::string& program) {
  machine.processes.program(program, [](const os::Command&, core::Random&, unsigned) {
    os::SimPlan plan;
    plan.start_takes = 1ms;
    plan.grandchildren = 1;
    plan.ignores_term = true;
    return plan;
  });
}

std::size_t CatalogWorld::running() const {
  std::size_t count = machine.processes.leaked();
  for (const auto& start : machine.processes.starts()) count += machine.processes.is_alive(start.pid) ? 1 : 0;
  return count;
}

const std::map<std::string, CatalogScene, std::less<>>& catalog_scenes() {
  static const std::map<std::string, CatalogScene, std::less<>> made{
      {"pgbackrest", pgbackrest()}, {"barman", barman()}, {"base_backup", base_backup()}, {"dump", dump()},
      {"snapshots", snapshots()},   {"walg", walg()}};
  return made;
}

}  // namespace outrider::contract
