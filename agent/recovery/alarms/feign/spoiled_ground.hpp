// A drill's ground on which one page of a user's table turns to zeroes, in the scratch copy: once the
// restored server has replayed everything it is stopped, the page is zeroed in its file, and it is started
// again. Everything else is the real ground's.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/core/clock.hpp"
#include "agent/recovery/alarms/alarm.hpp"
#include "agent/recovery/ground/ground.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

// A table whose first page holds living rows.
struct SpoiledTable {
  std::string name;  // as a witness calls it: "notes in postgres"
  std::string file;  // of its first page
};

// Of these the one whose first page was not written to for longest: replay is the least likely to bring it
// back. Zeroes `bytes` of it. Blocks.
using ZeroPage =
    std::function<core::Outcome<SpoiledTable>(const std::vector<SpoiledTable>& tables, std::uint64_t bytes)>;
ZeroPage real_zero_page();

class SpoiledGround final : public Ground {
 public:
  // All of them outlive it.
  SpoiledGround(Ground& real, core::Clock& clock, async::Pool& pool, core::Duration limit,
                ZeroPage zero = real_zero_page())
      : real_(real), clock_(clock), pool_(pool), limit_(limit), zero_(std::move(zero)) {}

  // An Error while no page is known to be of zeroes, and why.
  core::Outcome<Planted> planted() const;

  core::Task<core::Outcome<>> prepare() override { return real_.prepare(); }
  core::Task<core::Outcome<Premises>> premises() override { return real_.premises(); }
  std::string data_directory() const override { return real_.data_directory(); }
  bool may_reuse() const override { return real_.may_reuse(); }
  core::Task<core::Outcome<>> keep_data(std::optional<std::string> note) override {
    return real_.keep_data(std::move(note));
  }
  std::string data_note() const override { return real_.data_note(); }
  core::Task<core::Outcome<os::ToolResult>> run(catalogs::Step step, core::Duration limit) override {
    return real_.run(std::move(step), limit);
  }
  core::Task<core::Outcome<ControlData>> control_data() override { return real_.control_data(); }
  std::optional<Isolation> isolation() const override { return real_.isolation(); }
  core::Task<core::Outcome<>> start_server(ServerPlan plan) override;
  core::Task<std::optional<std::string>> server_ended() override { return real_.server_ended(); }
  core::Task<core::Outcome<std::unique_ptr<sql::Connection>>> connect(std::string database,
                                                                      core::Duration limit) override;
  core::Task<Fetches> fetches() override { return real_.fetches(); }
  core::Task<core::Outcome<>> stop_server() override { return real_.stop_server(); }
  core::Task<core::Outcome<os::ToolResult>> server_tool(std::vector<std::string> arguments,
                                                        core::Duration limit) override {
    return real_.server_tool(std::move(arguments), limit);
  }
  core::Task<core::Outcome<>> tear_down(bool keep_data) override { return real_.tear_down(keep_data); }
  std::vector<std::string> commands() const override { return real_.commands(); }

 private:
  struct Candidate {
    std::string database, table;  // the table as SQL has it
    SpoiledTable at;
  };
  using Connected = core::Outcome<std::unique_ptr<sql::Connection>>;

  core::Task<core::Outcome<>> replayed();
  core::Task<core::Outcome<>> spoil();
  core::Task<core::Outcome<std::vector<Candidate>>> candidates();
  core::Task<core::Outcome<>> look_into(std::string database, std::vector<Candidate>& found);
  core::Task<Connected> await_server();
  core::Task<core::Outcome<>> look_again();

  Ground& real_;
  core::Clock& clock_;
  async::Pool& pool_;
  core::Duration limit_;
  ZeroPage zero_;
  ServerPlan plan_;
  std::uint64_t page_bytes_ = 0;
  std::optional<Candidate> spoiled_;
  bool tried_ = false, looked_again_ = false;
  std::string trouble_;
};

}  // namespace outrider::recovery
