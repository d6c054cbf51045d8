// What was decided of traces, in the book: so that it holds after a restart, too. Everything here blocks.
#pragma once

#include "agent/durable/book.hpp"
#include "agent/tracing/verdicts.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace outrider::pipeline {

class VerdictBook {
 public:
  VerdictBook(durable::Book& book, std::size_t most) : book_(book), most_(most) {}

  core::Outcome<> recall(tracing::Verdicts& verdicts);

  // As Verdicts::take_news() gives them. What is older than the youngest so many goes.
  core::Outcome<> write(const std::string& news);

 private:
  struct Block {
    std::uint64_t number;
    std::size_t count;
  };

  durable::Book& book_;
  std::size_t most_;
  std::deque<Block> blocks_;
  std::size_t count_ = 0;
};

}  // namespace outrider::pipeline
