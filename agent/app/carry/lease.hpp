// A child's output, lent to the pipeline of now. A reload takes it back between two lines and lends it to the
// next one; the child notices nothing, and no line is lost, repeated or cut in two.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/os/stream.hpp"

#include <memory>
#include <string>

namespace outrider::app {

class LentStream : public std::enable_shared_from_this<LentStream> {
 public:
  LentStream(const async::Executor& river, std::unique_ptr<os::ByteSource> source);

  // One borrower at a time; it reads the end when the stream is taken back.
  std::unique_ptr<os::ByteSource> lend();

  // The borrower gets what belongs to the line it has begun, then the end.
  void take_back();

  bool ended() const { return ended_; }

  os::Keeper* keeper() const { return source_->keeper(); }
  // Of the next byte that a borrower gets. For what is kept.
  std::uint64_t offset() const { return keeper()->offset() - kept_.size(); }

 private:
  class Borrowed;
  core::Task<core::Outcome<std::size_t>> read(std::span<char> into);
  std::size_t serve(std::span<char> into, std::size_t length);
  std::size_t take_kept(std::span<char> into);

  std::unique_ptr<os::ByteSource> source_;
  async::Bell news_;
  std::string kept_;  // read, but belonging to the next borrower
  bool at_line_start_ = true;
  bool wanted_back_ = false;
  bool ended_ = false;
};

}  // namespace outrider::app
