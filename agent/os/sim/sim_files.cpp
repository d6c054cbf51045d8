#include "agent/os/sim_files.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/core.h>

namespace outrider::os {

struct SimFiles::Node {
  std::string content;
  std::string durable;  // what a power cut leaves
  bool entry_is_durable = false;
  unsigned generation = 0;  // counts power cuts: handles of an older one are dead
};

namespace {

tl::unexpected<core::Error> fail_file(std::string_view doing, const std::string& path, int error_number) {
  return core::fail(core::system_error(fmt::format("cannot {} {}", doing, path), error_number));
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) return "/";
  return path.substr(0, slash);
}

}  // namespace

class SimFiles::Handle final : public AppendFile {
 public:
  Handle(SimFiles& files, std::string path, std::shared_ptr<Node> node)
      : files_(files), path_(std::move(path)), node_(std::move(node)), generation_(node_->generation) {}

  core::Outcome<> append(std::string_view bytes) override {
    if (is_dead()) return fail_file("append to", path_, EIO);
    if (files_.faults.read_only) return fail_file("append to", path_, EROFS);
    if (!files_.has_room_for(bytes.size())) return fail_file("append to", path_, ENOSPC);
    node_->content += bytes;
    return {};
  }

  core::Outcome<> sync() override {
    if (is_dead() || files_.faults.sync_fails) return fail_file("sync", path_, EIO);
    node_->durable = node_->content;
    node_->entry_is_durable = true;
    ++files_.syncs_;
    return {};
  }

  std::uint64_t size() const override { return node_->content.size(); }

 private:
  bool is_dead() const { return generation_ != node_->generation; }

  SimFiles& files_;
  std::string path_;
  std::shared_ptr<Node> node_;
  unsigned generation_;
};

bool SimFiles::has_room_for(std::uint64_t bytes) const {
  return used_bytes() + bytes <= faults.capacity_bytes;
}

core::Outcome<> SimFiles::may_open(std::string_view doing, const std::string& path) const {
  if (faults.no_descriptors) return fail_file(doing, path, EMFILE);
  if (faults.permission_denied) return fail_file(doing, path, EACCES);
  return {};
}

core::Outcome<> SimFiles::may_change(std::string_view doing, const std::string& path) const {
  if (faults.read_only) return fail_file(doing, path, EROFS);
  if (!directories_.contains(parent_of(path))) return fail_file(doing, path, ENOENT);
  return {};
}

core::Outcome<std::shared_ptr<SimFiles::Node>> SimFiles::find(std::string_view doing,
                                                              const std::string& path) const {
  const auto found = nodes_.find(path);
  if (found == nodes_.end()) return fail_file(doing, path, directories_.contains(path) ? EISDIR : ENOENT);
  return found->second;
}

core::Outcome<std::unique_ptr<AppendFile>> SimFiles::open_append(const std::string& path, int /*mode*/) {
  if (core::Outcome<> may = may_open("open", path); !may) return core::fail(may.error());
  if (core::Outcome<> may = may_change("open", path); !may) return core::fail(may.error());
  if (directories_.contains(path)) return fail_file("open", path, EISDIR);
  std::shared_ptr<Node>& node = nodes_[path];
  if (!node) node = std::make_shared<Node>();
  return std::make_unique<Handle>(*this, path, node);
}

core::Outcome<std::string> SimFiles::read_all(const std::string& path, std::uint64_t limit_bytes) {
  if (core::Outcome<> may = may_open("open", path); !may) return core::fail(may.error());
  const core::Outcome<std::shared_ptr<Node>> node = find("open", path);
  if (!node) return core::fail(node.error());
  if ((*node)->content.size() > limit_bytes) {
    return core::fail(core::Errc::exhausted,
                      fmt::format("cannot read {}: larger than {} bytes", path, limit_bytes));
  }
  return (*node)->content;
}

core::Outcome<std::string> SimFiles::read_tail(const std::string& path, std::uint64_t most_bytes) {
  if (core::Outcome<> may = may_open("open", path); !may) return core::fail(may.error());
  const core::Outcome<std::shared_ptr<Node>> node = find("open", path);
  if (!node) return core::fail(node.error());
  const std::string& content = (*node)->content;
  return content.substr(content.size() - std::min<std::uint64_t>(content.size(), most_bytes));
}

core::Outcome<std::string> SimFiles::read_part(const std::string& path, std::uint64_t from,
                                               std::uint64_t most_bytes) {
  if (core::Outcome<> may = may_open("open", path); !may) return core::fail(may.error());
  const core::Outcome<std::shared_ptr<Node>> node = find("open", path);
  if (!node) return core::fail(node.error());
  const std::string& content = (*node)->content;
  return content.substr(std::min<std::uint64_t>(from, content.size()), most_bytes);
}

// The new content needs its room beside the old, as with a temporary file; and on failure the old stays.
core::Outcome<> SimFiles::replace(const std::string& path, std::string_view content, int /*mode*/) {
  if (core::Outcome<> may = may_open("write", path); !may) return may;
  if (core::Outcome<> may = may_change("write", path); !may) return may;
  if (directories_.contains(path)) return fail_file("write", path, EISDIR);
  if (!has_room_for(content.size())) return fail_file("write", path, ENOSPC);
  if (faults.sync_fails) return fail_file("write", path, EIO);
  auto node = std::make_shared<Node>();
  node->content = content;
  node->durable = content;
  node->entry_is_durable = true;
  nodes_[path] = std::move(node);
  ++syncs_;
  return {};
}

core::Outcome<> SimFiles::create(const std::string& path, std::string_view content, int mode) {
  if (nodes_.contains(path)) return core::fail(core::Errc::busy, "cannot make " + path + ": it is there");
  return replace(path, content, mode);
}

core::Outcome<> SimFiles::rename(const std::string& from, const std::string& to) {
  if (core::Outcome<> may = may_change("rename", to); !may) return may;
  const core::Outcome<std::shared_ptr<Node>> node = find("rename", from);
  if (!node) return core::fail(node.error());
  const std::shared_ptr<Node>& moved = *node;
  nodes_.erase(from);
  moved->entry_is_durable = true;
  nodes_[to] = moved;
  return {};
}

core::Outcome<> SimFiles::remove(const std::string& path) {
  if (core::Outcome<> may = may_change("remove", path); !may) return may;
  const core::Outcome<std::shared_ptr<Node>> node = find("remove", path);
  if (!node) return core::fail(node.error());
  nodes_.erase(path);
  return {};
}

core::Outcome<> SimFiles::truncate(const std::string& path, std::uint64_t size_bytes) {
  if (core::Outcome<> may = may_change("truncate", path); !may) return may;
  const core::Outcome<std::shared_ptr<Node>> node = find("truncate", path);
  if (!node) return core::fail(node.error());
  std::string& content = (*node)->content;
  const std::uint64_t more = size_bytes > content.size() ? size_bytes - content.size() : 0;
  if (!has_room_for(more)) return fail_file("truncate", path, ENOSPC);
  content.resize(size_bytes);
  return {};
}

core::Outcome<> SimFiles::make_directories(const std::string& path, int /*mode*/) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (nodes_.contains(part)) return fail_file("make directory", part, ENOTDIR);
    if (!part.empty() && !directories_.contains(part)) {
      if (faults.read_only) return fail_file("make directory", part, EROFS);
      directories_.insert(part);
    }
    if (end == std::string::npos) return {};
  }
}

core::Outcome<std::vector<std::string>> SimFiles::list(const std::string& directory) {
  if (core::Outcome<> may = may_open("list", directory); !may) return core::fail(may.error());
  if (!directories_.contains(directory)) return fail_file("list", directory, ENOENT);
  std::vector<std::string> names;
  const auto add = [&](const std::string& path) {
    if (path != "/" && parent_of(path) == directory) names.push_back(path.substr(path.rfind('/') + 1));
  };
  for (const auto& [path, node] : nodes_) add(path);
  for (const std::string& path : directories_) add(path);
  std::ranges::sort(names);
  return names;
}

core::Outcome<std::uint64_t> SimFiles::size_of(const std::string& path) {
  const core::Outcome<std::shared_ptr<Node>> node = find("find", path);
  if (!node) return core::fail(node.error());
  return (*node)->content.size();
}

core::Outcome<std::uint64_t> SimFiles::free_bytes(const std::string& directory) {
  if (!directories_.contains(directory)) return fail_file("ask for free space of", directory, ENOENT);
  const std::uint64_t used = used_bytes();
  return faults.capacity_bytes > used ? faults.capacity_bytes - used : 0;
}

bool SimFiles::exists(const std::string& path) {
  return nodes_.contains(path) || directories_.contains(path);
}

void SimFiles::crash() { lose_unsynced(nullptr); }

void SimFiles::crash_torn(core::Random& random) { lose_unsynced(&random); }

void SimFiles::lose_unsynced(core::Random* random) {
  for (auto entry = nodes_.begin(); entry != nodes_.end();) {
    const auto current = entry++;
    Node& node = *current->second;
    ++node.generation;
    if (!node.entry_is_durable) {
      nodes_.erase(current);
      continue;
    }
    const bool has_grown = node.content.starts_with(node.durable);
    if (random != nullptr && has_grown) {
      node.durable = node.content.substr(
          0, node.durable.size() + random->below(node.content.size() - node.durable.size() + 1));
    }
    node.content = node.durable;
  }
}

void SimFiles::corrupt(const std::string& path, std::uint64_t offset, char with) {
  const auto found = nodes_.find(path);
  if (found == nodes_.end() || offset >= found->second->content.size()) return;
  found->second->content[offset] = with;
  if (offset < found->second->durable.size()) found->second->durable[offset] = with;
}

std::uint64_t SimFiles::used_bytes() const {
  std::uint64_t used = 0;
  for (const auto& [path, node] : nodes_) used += node->content.size();
  return used;
}

}  // namespace outrider::os
