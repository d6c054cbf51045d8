// The places in which the contract of stores is tested: one for each entry of the shelf.
#pragma once

#include "agent/os/scratch.hpp"
#include "tests/contract/contract_kit.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace outrider::contract {

// A place of this kind, below a folder that is gone afterwards.
struct StoreScene {
  // Puts an object where the store finds it; the name may hold slashes.
  std::function<void(const os::Scratch&, const std::string& name, const std::string& content)> put;
  // The value of the entry's key that leads there.
  std::function<std::string(const os::Scratch&)> value;
  // By what has happened: ways in which the place cannot be read. They are asked for "there/…" and all.
  std::map<std::string, std::function<void(const os::Scratch&)>> unreadable;
  std::vector<BadValue> bad;
};

// By the entry's name.
const std::map<std::string, StoreScene, std::less<>>& store_scenes();

}  // namespace outrider::contract
