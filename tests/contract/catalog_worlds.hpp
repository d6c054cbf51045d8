// The worlds in which the contract of catalogs is tested: one for each entry of the shelf.
#pragma once

#include "agent/catalogs/tool_world.hpp"
#include "agent/os/scratch.hpp"
#include "tests/contract/contract_kit.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace outrider::contract {

// A simulated machine, and a folder of it that is gone afterwards.
struct CatalogWorld {
  void put(const std::string& name, const std::string& content);
  // The program is started and never ends, nor do what it has started and what holds its pipes.
  void silence(const std::string& program);
  // Processes, and what they left in their groups.
  std::size_t running() const;

  os::Scratch scratch;
  catalogs::ToolWorld machine;
};

struct CatalogScene {
  // At least one complete backup and, where the entry knows an archive, one file in it, which read_wal reads.
  std::function<void(CatalogWorld&)> well;
  // The value of the entry's key for that world, with this program for `command`; empty: its own choice.
  std::function<std::string(const CatalogWorld&, const std::string& command)> value;
  // What it starts: [0] is what `command` names. None: it only looks at files.
  std::vector<std::string> programs;
  // By what has happened: ways in which the backups cannot be known, wherever the tool exits with 0.
  std::map<std::string, std::function<void(CatalogWorld&)>> unreadable;
  std::vector<BadValue> bad;
  bool tells_absent = true;  // false: its tool does not tell an absent file from one that cannot be read
};

// By the entry's name.
const std::map<std::string, CatalogScene, std::less<>>& catalog_scenes();

}  // namespace outrider::contract
