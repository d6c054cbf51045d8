// What is shown of a file source, never of one file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace prometheus {
class Registry;
class Counter;
class Gauge;
template <class T>
class Family;
}  // namespace prometheus

namespace outrider::tail {

enum class Rotation { renamed, deleted, truncated };
enum class Loss { truncated, vanished, held_too_much };

class Meters {
 public:
  Meters(::prometheus::Registry& registry, std::string source);

  void watched(std::uint64_t files);
  void held(std::uint64_t files, std::uint64_t bytes);
  void unread(const std::string& sink, std::uint64_t bytes);
  void read(const std::string& sink, std::uint64_t bytes);
  void rotated(Rotation kind);
  void lost(Loss reason, std::uint64_t bytes);

 private:
  std::string source_;
  ::prometheus::Gauge& watched_;
  ::prometheus::Gauge& held_files_;
  ::prometheus::Gauge& held_bytes_;
  ::prometheus::Family<::prometheus::Gauge>& unread_;
  ::prometheus::Family<::prometheus::Counter>& read_;
  ::prometheus::Family<::prometheus::Counter>& rotated_;
  ::prometheus::Family<::prometheus::Counter>& lost_;
};

}  // namespace outrider::tail
