// Long stories of writes, rotations of every kind, lanes that stand still, and restarts after power cuts,
// each told by a seed, with an oracle: every line arrives on every lane, no id stands for two lines, nor two
// ids for one.
#include "agent/sources/file_tail/test_life.hpp"

#include <set>

#include <zlib.h>

using namespace outrider;
using namespace std::chrono_literals;
using namespace outrider::sources::file_tail;
using namespace outrider::sources::file_tail::testing;

namespace {

constexpr std::size_t lane_count = 2;
const std::string banner = "== begin ==";

class Story : public RealFiles {
 protected:
  void live(std::uint64_t seed, const std::string& glob, int steps) {
    random_ = os::make_seeded_random(seed);
    glob_ = glob;
    with_banner_ = random_->below(4) == 0;
    longest_ = random_->below(3) == 0 ? 3000 : 300;
    begin();
    while (steps-- > 0 && !HasFailure()) step();
    read_all();
    for (int i = 0; i < 10; ++i) hear(3s);
    for (const std::string& line : written_) {
      for (const auto& ids : ids_) EXPECT_TRUE(ids.contains(line)) << "lost: " << line;
    }
    EXPECT_LE(saved.notes.size(), 8u) << "what is over is forgotten";
    EXPECT_EQ(life->lost("truncated") + life->lost("vanished"), 0);
    stop();
  }

 private:
  void begin() { start(settings(glob_), lane_count); }

  void step() {
    switch (random_->below(18)) {
      case 0: rotate_by_rename(false); break;
      case 1: rotate_by_rename(true); break;
      case 2: rotate_by_copy(); break;
      case 3: pack(); break;
      case 4: power_cut(); break;
      case 5: life->lane(0).blocked = true; break;
      case 6: life->lane(1).blocked = true; break;
      case 7: life->lane(0).unblock(); break;
      case 8: life->lane(1).unblock(); break;
      case 9: hear(std::chrono::milliseconds(random_->below(20'000))); break;
      case 10: remove_oldest(); break;
      case 11: hear(30ms); break;
      default: write("app.log");
    }
  }

  bool is_there(const std::string& name) const { return std::filesystem::exists(*this / name); }

  void write(const std::string& name) {
    std::string text;
    if (with_banner_ && (!is_there(name) || std::filesystem::file_size(*this / name) == 0))
      text = banner + "\n";
    for (std::uint64_t i = random_->below(6) + 1; i > 0; --i) {
      written_.push_back("line " + std::to_string(++count_) + std::string(random_->below(longest_), '.'));
      text += written_.back() + "\n";
    }
    append(name, text);
    hear(30ms);  // what comes and goes at once is seen by nobody
  }

  // As logrotate does, .1 to .3; what falls out at the end was read by then.
  void shift() {
    rotated_ = true;
    for (const int number : {3, 2, 1}) {
      for (const char* ending : {"", ".gz"}) {
        const std::string from = "app.log." + std::to_string(number) + ending;
        if (!is_there(from)) continue;
        if (number == 3) {
          read_all();
          remove(from);
        } else {
          rename(from, "app.log." + std::to_string(number + 1) + ending);
        }
      }
    }
  }
  void rotate_by_rename(bool writes_on) {
    if (!is_there("app.log")) return;
    shift();
    rename("app.log", "app.log.1");
    if (!writes_on) return;
    write("app.log.1");
    hear(2s);  // a file that no name of ours leads to is looked at once a second
  }
  void rotate_by_copy() {
    if (!is_there("app.log")) return;
    shift();
    copy_and_truncate("app.log", "app.log.1");
    hear(30ms);
  }
  void pack() {
    const std::string name = "app.log.2";
    if (!is_there(name)) return;
    std::ifstream in(*this / name, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto time = std::filesystem::last_write_time(*this / name);
    gzFile out = ::gzopen((*this / (name + ".gz")).c_str(), "wb");
    ::gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
    ::gzclose(out);
    std::filesystem::last_write_time(*this / (name + ".gz"), time);
    remove(name);
  }
  void remove_oldest() {
    read_all();
    remove("app.log.3");
    remove("app.log.3.gz");
  }
  void read_all() {
    for (std::size_t i = 0; i < lane_count; ++i) life->lane(i).unblock();
    hear(30s);
  }

  // The last notes and places are lost, or all are kept.
  void power_cut() {
    const bool lost = !rotated_ && random_->below(2) == 0;
    hear(0s);
    stop();
    if (lost) saved = before_;
    begin();
    life->clock.settle();
  }

  void hear(core::Duration time) {
    before_ = saved;
    rotated_ = false;
    life->clock.advance(time);
    for (std::size_t i = 0; i < lane_count; ++i) {
      for (const Arrived& one : std::exchange(life->lane(i).arrived, {})) note(i, one);
    }
  }
  void note(std::size_t lane, const Arrived& one) {
    const auto text = texts_.emplace(one.id, one.text).first;
    EXPECT_EQ(text->second, one.text) << "one id of two lines";
    if (one.text == banner) return;
    EXPECT_EQ(ids_[lane].emplace(one.text, one.id).first->second, one.id) << "two ids of " << one.text;
  }

  std::unique_ptr<core::Random> random_;
  std::string glob_;
  bool with_banner_ = false;
  std::uint64_t longest_ = 0;
  Saved before_;
  bool rotated_ = false;
  std::uint64_t count_ = 0;
  std::vector<std::string> written_;
  std::array<std::map<std::string, std::string>, lane_count> ids_;  // by line
  std::map<std::string, std::string> texts_;                        // by id
};

}  // namespace

class ManyStories : public Story, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(ManyStories, OfTheFileAlone) { live(GetParam(), "*.log", 50); }
TEST_P(ManyStories, OfTheFileAndItsCopies) { live(GetParam(), "app.log*", 50); }

INSTANTIATE_TEST_SUITE_P(Seeds, ManyStories, ::testing::Range<std::uint64_t>(1, 101));
