// The other sides at which the contract of notifiers is tested: one for each entry of the shelf.
#pragma once

#include "agent/notifiers/testing.hpp"
#include "tests/contract/contract_kit.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace outrider::contract {

inline constexpr const char* secret_word = "S3CR3T";  // is in every secret of the scenes

// The other side of one notifier.
class NotifierWorld {
 public:
  NotifierWorld() = default;
  NotifierWorld(const NotifierWorld&) = delete;
  NotifierWorld& operator=(const NotifierWorld&) = delete;
  virtual ~NotifierWorld() = default;

  virtual void be_well() = 0;
  virtual void refuse() = 0;       // it says no, for now
  virtual void be_mute() = 0;      // it says nothing at all
  virtual void babble() = 0;       // it answers what is no answer
  virtual void echo() = 0;         // it refuses, and says all that it was told
  virtual std::string told() = 0;  // all that it was sent, for people, secrets included
};

struct NotifierScene {
  std::string yaml;  // of the entry's value, with limits of seconds; {env: SECRET} where it has a secret
  std::string secret = secret_word;
  std::vector<BadValue> bad;
  std::function<std::unique_ptr<NotifierWorld>(notifiers::testing::House&)> make;
};

// By the entry's name.
const std::map<std::string, NotifierScene, std::less<>>& notifier_scenes();

}  // namespace outrider::contract
