// The other sides at which the contract of sinks is tested: one for each entry of the shelf.
#pragma once

#include "agent/sinks/testing.hpp"
#include "tests/contract/contract_kit.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace outrider::contract {

enum class Health {
  well,
  sick,    // it takes nothing, and says so
  silent,  // it says nothing at all
};

// The other side of one sink.
class SinkWorld {
 public:
  SinkWorld() = default;
  SinkWorld(const SinkWorld&) = delete;
  SinkWorld& operator=(const SinkWorld&) = delete;
  virtual ~SinkWorld() = default;

  virtual void be(Health health) = 0;
  // The numbers of the records that it has, in the order in which they came; one that came again under the id
  // that it had counts once.
  virtual std::vector<std::uint64_t> arrived() = 0;
  virtual const sinks::Tools& tools() = 0;
};

struct SinkScene {
  std::string yaml;  // of the entry's value, with a limit of seconds where it has one
  std::vector<BadValue> bad;
  std::function<std::unique_ptr<SinkWorld>(sinks::testing::House&)> make;
  bool can_be_silent = true;  // false: it waits for nobody
  // Records of which each holds its number.
  std::function<telemetry::BatchPointer(std::uint64_t first, std::uint64_t count)> numbered =
      sinks::testing::numbered;
  std::string name = {};  // what its name begins with, where that is not the key
};

// By the entry's name.
const std::map<std::string, SinkScene, std::less<>>& sink_scenes();

}  // namespace outrider::contract
