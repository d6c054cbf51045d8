#include "agent/os/sim_watched_files.hpp"

#include "agent/async/bell.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace outrider::os {
namespace {

core::Error trouble(const char* what, const std::string& path, int number) {
  return core::system_error(std::string("cannot ") + what + " " + path, number);
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

struct SimWatchedFiles::Node {
  std::string content;
  FileFacts facts;
  std::size_t handles = 0;
};

class SimWatchedFiles::Handle final : public ReadableFile {
 public:
  Handle(SimWatchedFiles& files, std::shared_ptr<Node> node) : files_(files), node_(std::move(node)) {
    ++node_->handles;
    ++files_.open_;
  }
  ~Handle() override {
    --files_.open_;
    if (--node_->handles == 0 && node_->facts.names == 0) files_.free_inode(*node_);
  }

  core::Outcome<std::size_t> read_at(std::span<char> into, std::uint64_t offset) override {
    if (files_.faults.reads_fail) return core::fail(core::system_error("cannot read an open file", EIO));
    return copy_to(into, offset);
  }

  std::optional<std::size_t> read_cached(std::span<char> into, std::uint64_t offset) override {
    if (files_.faults.reads_fail || files_.faults.nothing_cached) return std::nullopt;
    return copy_to(into, offset);
  }

  core::Outcome<FileFacts> facts() override { return node_->facts; }

 private:
  std::size_t copy_to(std::span<char> into, std::uint64_t offset) const {
    return offset < node_->content.size() ? node_->content.copy(into.data(), into.size(), offset) : 0;
  }

  SimWatchedFiles& files_;
  std::shared_ptr<Node> node_;
};

class SimWatchedFiles::Watch final : public DirectoryWatch {
 public:
  Watch(SimWatchedFiles& files, const async::Executor& river) : files_(files), bell_(river) {
    files_.watches_.push_back(this);
  }
  ~Watch() override { std::erase(files_.watches_, this); }

  core::Outcome<> add(const std::string& directory, bool files_too) override {
    if (!files_.directories_.contains(directory)) return core::fail(trouble("watch", directory, ENOENT));
    files_too_[directory] = files_too;
    return {};
  }

  core::Task<Changes> next() override {
    while (changes_.list.empty() && !changes_.overflowed) co_await bell_.wait();
    co_return std::exchange(changes_, {});
  }

  void hear(const Change& change) {
    const auto watched = files_too_.find(change.directory);
    if (watched == files_too_.end()) return;
    if (change.kind == Change::Kind::written && !watched->second) return;
    if (files_.faults.overflows) {
      changes_.overflowed = true;
    } else {
      changes_.list.push_back(change);
    }
    bell_.ring();
  }

 private:
  SimWatchedFiles& files_;
  async::Bell bell_;
  std::map<std::string, bool> files_too_;
  Changes changes_;
};

std::int64_t SimWatchedFiles::now() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.wall().time_since_epoch()).count();
}

void SimWatchedFiles::tell(Change::Kind kind, const std::string& path) {
  if (faults.no_news) return;
  const Change change{kind, false, parent_of(path), name_of(path)};
  for (Watch* const watch : watches_) watch->hear(change);
}

void SimWatchedFiles::make_directories(const std::string& path) {
  for (std::string at = parent_of(path); !directories_.contains(at); at = parent_of(at)) {
    directories_[at] = next_inode_++;
    if (at == "/") return;
  }
}

// The lowest number that is free, as file systems do it: the next file is soon taken for the last.
std::shared_ptr<SimWatchedFiles::Node> SimWatchedFiles::new_node() {
  auto node = std::make_shared<Node>();
  const auto free = free_inodes_.begin();
  node->facts.inode = free == free_inodes_.end() ? next_inode_++ : *free;
  if (free != free_inodes_.end()) free_inodes_.erase(free);
  node->facts.kind = FileFacts::Kind::file;
  node->facts.device = 1;
  node->facts.born = now();
  node->facts.modified = now();
  node->facts.names = 1;
  return node;
}

void SimWatchedFiles::let_go(const std::shared_ptr<Node>& node) {
  node->facts.names = 0;
  if (node->handles == 0) free_inode(*node);
}

void SimWatchedFiles::free_inode(const Node& node) { free_inodes_.insert(node.facts.inode); }

SimWatchedFiles::Node& SimWatchedFiles::made(const std::string& path) {
  const auto known = files_.find(path);
  if (known != files_.end()) return *known->second;
  make_directories(path);
  Node& node = *files_.emplace(path, new_node()).first->second;
  tell(Change::Kind::entries, path);
  return node;
}

void SimWatchedFiles::append(const std::string& path, std::string_view text) {
  Node& node = made(path);
  node.content += text;
  node.facts.size = node.content.size();
  node.facts.modified = now();
  tell(Change::Kind::written, path);
}

void SimWatchedFiles::truncate(const std::string& path) {
  Node& node = made(path);
  node.content.clear();
  node.facts.size = 0;
  node.facts.modified = now();
  tell(Change::Kind::written, path);
}

void SimWatchedFiles::rename(const std::string& from, const std::string& to) {
  const auto file = files_.find(from);
  if (file == files_.end() || from == to) return;
  make_directories(to);
  const auto replaced = files_.find(to);
  if (replaced != files_.end()) let_go(replaced->second);
  files_[to] = std::move(file->second);
  files_.erase(from);
  tell(Change::Kind::entries, from);
  tell(Change::Kind::entries, to);
}

void SimWatchedFiles::copy(const std::string& from, const std::string& to) {
  const auto file = files_.find(from);
  if (file == files_.end() || from == to) return;
  const std::string content = file->second->content;
  truncate(to);
  append(to, content);
}

void SimWatchedFiles::remove(const std::string& path) {
  const auto file = files_.find(path);
  if (file == files_.end()) return;
  let_go(file->second);
  files_.erase(file);
  tell(Change::Kind::entries, path);
}

core::Outcome<std::unique_ptr<ReadableFile>> SimWatchedFiles::open(const std::string& path) {
  if (faults.no_descriptors || open_ >= faults.most_open) return core::fail(trouble("open", path, EMFILE));
  const auto file = files_.find(path);
  if (file == files_.end()) return core::fail(trouble("open", path, ENOENT));
  return std::make_unique<Handle>(*this, file->second);
}

core::Outcome<FileFacts> SimWatchedFiles::facts(const std::string& path) {
  if (const auto file = files_.find(path); file != files_.end()) return file->second->facts;
  const auto directory = directories_.find(path);
  if (directory == directories_.end()) return core::fail(trouble("look at", path, ENOENT));
  FileFacts facts;
  facts.kind = FileFacts::Kind::directory;
  facts.device = 1;
  facts.inode = directory->second;
  facts.names = 1;
  return facts;
}

core::Outcome<std::vector<DirectoryItem>> SimWatchedFiles::list(const std::string& directory) {
  if (faults.no_descriptors) return core::fail(trouble("list", directory, EMFILE));
  if (!directories_.contains(directory)) return core::fail(trouble("list", directory, ENOENT));
  std::vector<DirectoryItem> items;
  for (const auto& [path, node] : files_) {
    if (parent_of(path) == directory) items.push_back({name_of(path), FileFacts::Kind::file});
  }
  for (const auto& [path, inode] : directories_) {
    if (path != "/" && parent_of(path) == directory)
      items.push_back({name_of(path), FileFacts::Kind::directory});
  }
  return items;
}

core::Outcome<std::string> SimWatchedFiles::real_path(const std::string& path) {
  if (files_.contains(path) || directories_.contains(path)) return path;
  return core::fail(trouble("resolve", path, ENOENT));
}

core::Outcome<std::unique_ptr<DirectoryWatch>> SimWatchedFiles::watch(const async::Executor& river) {
  return std::make_unique<Watch>(*this, river);
}

}  // namespace outrider::os
