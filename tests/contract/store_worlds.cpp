#include "tests/contract/store_worlds.hpp"

#include <filesystem>
#include <fstream>

namespace outrider::contract {
namespace {

namespace files = std::filesystem;

StoreScene posix() {
  StoreScene scene;
  scene.put = [](const os::Scratch& scratch, const std::string& name, const std::string& content) {
    const files::path path = scratch / ("place/" + name);
    files::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  };
  scene.value = [](const os::Scratch& scratch) { return scratch / "place"; };
  const auto move_away = [](const os::Scratch& scratch) {
    files::rename(scratch / "place", scratch / "elsewhere");
  };
  scene.unreadable["nothing is mounted"] = move_away;
  scene.unreadable["a file is in its place"] = [=](const os::Scratch& scratch) {
    move_away(scratch);
    std::ofstream(scratch / "place") << "not a folder";
  };
  scene.unreadable["a link leads nowhere"] = [=](const os::Scratch& scratch) {
    move_away(scratch);
    files::create_symlink("nowhere", scratch / "place");
  };
  scene.bad = {{"here", "posix"},
               {"\"\"", "posix"},
               {"[/a]", "posix"},
               {"{}", "directory"},
               {"{directory: here}", "directory"},
               {"{directory: /a, directry: /b}", "directry"}};
  return scene;
}

}  // namespace

const std::map<std::string, StoreScene, std::less<>>& store_scenes() {
  static const std::map<std::string, StoreScene, std::less<>> made{{"posix", posix()}};
  return made;
}

}  // namespace outrider::contract
