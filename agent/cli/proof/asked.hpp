// What evidence and signed answers are asked for with, and what came of it.
#pragma once

#include "agent/core/commands.hpp"

#include <string>

namespace outrider::cli {

// What is bundled, and where it is put.
struct EvidenceOptions {
  std::string config_path;
  std::string since, until;  // "90d" ago, or a time; empty: 90 days ago, and now
  std::string drill;         // only this one
  std::string to;            // a directory; empty: one named after the day
};

// A bundle that somebody handed over.
struct EvidenceCheck {
  std::string path;
  std::string key;    // a file with the public key, or the key's name; empty: nothing is pinned
  std::string state;  // a state directory whose audit journal is compared; empty: none is
};

// A signed answer of the gate, and what it is to be an answer to.
struct AnswerCheck {
  std::string token;  // "-": from standard input
  std::string key;    // a file with the public key
  core::GateQuestion question;
};

// What came of it, for people and for programs.
struct Told {
  int code = 3;
  std::string text;
  std::string json;
};

}  // namespace outrider::cli
