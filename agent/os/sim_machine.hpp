// A machine as the test says it is.
#pragma once

#include "agent/os/machine.hpp"

#include <map>
#include <string>
#include <vector>

namespace outrider::os {

class SimMachine final : public Machine {
 public:
  struct File {
    core::WallTime modified{};
    std::string content;
  };

  std::map<std::string, SpaceFacts> spaces;  // by path
  std::map<std::string, File> files;
  std::map<pid_t, ProcessSight> running;
  std::map<std::uint16_t, std::vector<PortOwner>> ports;
  std::optional<core::Error> trouble;  // of whatever is asked

  core::Outcome<SpaceFacts> space(const std::string& path) override { return look(spaces, path); }
  core::Outcome<FileSight> file(const std::string& path) override {
    const core::Outcome<File> found = look(files, path);
    if (!found) return core::fail(found.error());
    return FileSight{found->modified, found->content.size()};
  }
  core::Outcome<std::string> read(const std::string& path, std::uint64_t most_bytes) override {
    const core::Outcome<File> found = look(files, path);
    if (!found) return core::fail(found.error());
    return found->content.substr(0, most_bytes);
  }
  core::Outcome<ProcessSight> process(pid_t pid) override { return look(running, pid); }
  core::Outcome<std::vector<pid_t>> processes_named(const std::string& name) override {
    if (trouble) return core::fail(*trouble);
    std::vector<pid_t> found;
    for (const auto& [pid, sight] : running) {
      if (sight.facts.name == name) found.push_back(pid);
    }
    return found;
  }
  core::Outcome<std::vector<PortOwner>> listeners(std::uint16_t port) override {
    if (trouble) return core::fail(*trouble);
    return ports[port];
  }

 private:
  template <class Key, class Thing>
  core::Outcome<Thing> look(const std::map<Key, Thing>& things, const Key& key) const {
    if (trouble) return core::fail(*trouble);
    const auto found = things.find(key);
    if (found == things.end()) return core::fail(core::Errc::not_found, "cannot look: no such thing");
    return found->second;
  }
};

}  // namespace outrider::os
