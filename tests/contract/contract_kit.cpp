#include "tests/contract/contract_kit.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace outrider::contract {

namespace files = std::filesystem;

std::size_t open_descriptors() {
  const auto all = files::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(files::begin(all), files::end(all)));
}

std::string children_of_ours() {
  std::string all;
  for (const auto& thread : files::directory_iterator("/proc/self/task")) {
    std::ifstream file(thread.path() / "children");
    std::string line;
    while (std::getline(file, line)) all += line;
  }
  return all;
}

std::string everything_in(const std::string& folder) {
  std::map<std::string, std::string> found;
  for (const auto& entry : files::recursive_directory_iterator(folder)) {
    std::string& said = found[entry.path()];
    if (entry.is_symlink()) {
      said = "-> " + files::read_symlink(entry).string();
    } else if (entry.is_regular_file()) {
      std::ifstream file(entry.path(), std::ios::binary);
      said.assign(std::istreambuf_iterator<char>(file), {});
      said += std::to_string(entry.last_write_time().time_since_epoch().count());
    }
  }
  std::string all;
  for (const auto& [name, said] : found) all += name + "\n" + said + "\n";
  return all;
}

}  // namespace outrider::contract
