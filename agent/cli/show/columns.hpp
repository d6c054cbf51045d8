// Rows of text in columns as wide as their widest cell, by characters rather than bytes.
#pragma once

#include "agent/cli/terminal.hpp"

#include <string>
#include <utility>
#include <vector>

namespace outrider::cli {

struct Cell {
  Cell(std::string text, Paint paint = Paint::plain)
      : text(std::move(text)), paint(paint) {}  // NOLINT implicit

  std::string text;
  Paint paint;
};

// The last column is not padded; each line is indented by two.
std::string columns(const std::vector<std::vector<Cell>>& rows, const Terminal& terminal);

// Characters, not bytes; wide ones are not told apart.
std::size_t characters(std::string_view text);

}  // namespace outrider::cli
