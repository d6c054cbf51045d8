"""Each rule is shown a small bad sample, which it must find, and its good twin, which it must leave alone."""

import pytest

import layers
import layout
import sizes
import traps
import words
from tree import Tree

ROOM = '#pragma once\n'


def says(rule, texts):
    return [f"{finding.path}:{finding.line} {finding.message}" for finding in rule(Tree.of(texts))]


def body(lines):
    return "void f() {\n" + "  g();\n" * (lines - 2) + "}\n"


BAD_AND_GOOD = [
    # rule, the bad sample, words of the finding, the good twin
    (layers.check_includes, {"agent/os/a.cpp": '#include "agent/net/b.hpp"\n'}, "os may not look up to net",
     {"agent/net/a.cpp": '#include "agent/os/b.hpp"\n'}),
    (layers.check_includes, {"agent/health/a.cpp": '#include "agent/audit/b.hpp"\n'}, "sideways to audit",
     {"agent/health/a.cpp": '#include "agent/probes/shelf.hpp"\n'}),
    (layers.check_includes, {"agent/probes/tcp/a.cpp": '#include "agent/probes/http/b.hpp"\n'}, "its sibling http",
     {"agent/probes/tcp/a.cpp": '#include "agent/probes/shelf.hpp"\n#include "agent/probes/tcp/b.hpp"\n'}),
    (layers.check_includes, {"agent/probes/shelf.cpp": '#include "agent/probes/http/b.hpp"\n'}, "the shelf includes",
     {"agent/app/wire.cpp": '#include "agent/probes/http/b.hpp"\n'}),
    (layers.check_includes, {"agent/health/a.cpp": '#include "agent/probes/http/b.hpp"\n'}, "knows only its shelf",
     {"agent/health/a.cpp": '// #include "agent/probes/http/b.hpp"\n'}),
    (layers.check_includes, {"agent/core/a.cpp": '#include "b.hpp"\n'}, "as a path from the root",
     {"agent/core/a.cpp": '#include <vector>\n', "agent/core/a_test.cpp": '#include "tests/golden/b.hpp"\n'}),
    (layers.check_includes, {"agent/attic/a.cpp": ""}, "agent/attic is not a room", {"agent/main.cpp": ""}),
    (layers.check_own_header_first,
     {"agent/core/a.cpp": '#include "agent/core/b.hpp"\n#include "agent/core/a.hpp"\n', "agent/core/a.hpp": ROOM},
     'first include is "agent/core/a.hpp"', {"agent/core/a.cpp": '#include "agent/core/a.hpp"\n', "agent/core/a.hpp": ROOM}),
    (layers.check_build_files, {"CMakeLists.txt": "room(os USES core net)\n", "agent/os/a.cpp": ""}, "os may not use net",
     {"CMakeLists.txt": "room(os USES core LINK dep::net)\n", "agent/os/a.cpp": ""}),
    (layers.check_build_files, {"CMakeLists.txt": "room(os)\n"}, "agent/os does not exist",
     {"CMakeLists.txt": "shelf(probes USES core)\n", "agent/probes/shelf.hpp": ROOM}),
    (layers.check_build_files, {"CMakeLists.txt": "", "agent/os/a.cpp": ""}, "has code and no room()",
     {"CMakeLists.txt": "", "agent/main.cpp": ""}),
    (layers.check_build_files, {"CMakeLists.txt": "room(probes)\n", "agent/probes/a.cpp": ""}, "declared as a room",
     {"CMakeLists.txt": "shelf(probes)\n", "agent/probes/a.cpp": ""}),
    (sizes.check_files, {"agent/core/a.cpp": "\n" * 401}, "401 lines", {"agent/core/a.cpp": "\n" * 400}),
    (sizes.check_files, {"agent/core/a.hpp": "\n" * 151}, "151 lines", {"agent/core/a.hpp": "\n" * 150}),
    (sizes.check_functions, {"agent/core/a.cpp": "namespace x {\n" + body(61) + "}\n"}, "f has 61 lines",
     {"agent/core/a.cpp": "namespace x {\n" + body(60) + body(60) + "}\n"}),
    (sizes.check_functions,
     {"agent/core/a.cpp": "template <class T>\nclass A {\n A(int x) : a_{x}, b_(x) {\n" + "  g({1});\n" * 60 + "}\n};\n"},
     "A has 62 lines", {"agent/core/a.hpp": "struct A {\n" + "  int a{1};\n" * 90 + "};\n"}),
    (sizes.check_functions, {"agent/core/a_test.cpp": "TEST(A, B) {\n" + "  g();\n" * 60 + "}\n"}, "TEST has 62 lines",
     {"agent/core/a.cpp": "const std::map<int, int> table = {\n" + "  {f(1), 2},\n" * 70 + "};\n"}),
    (sizes.check_folders, {"agent/probes/tcp/a.cpp": "\n" * 400, "agent/probes/tcp/b.cpp": "\n" * 201}, "601 lines",
     {"agent/probes/tcp/a.cpp": "\n" * 400, "agent/probes/tcp/b_test.cpp": "\n" * 400}),
    (sizes.check_folders, {"agent/sinks/x/y/a.cpp": "\n" * 400, "agent/sinks/x/y/b.cpp": "\n" * 201}, "601 lines",
     {"agent/sinks/x/a.cpp": "\n" * 400, "agent/sinks/x/y/b.cpp": "\n" * 400}),
    (sizes.check_folders, {f"agent/os/{i}.cpp": "\n" * 301 for i in range(5)}, "1505 lines",
     {f"agent/os/{'sim/' if i > 4 else ''}{i}.cpp": "\n" * 300 for i in range(10)}),
    (words.check_unfinished, {"docs/a.md": "TO" + "DO: more\n"}, "finish it", {"docs/a.md": "all is done\n"}),
    (words.check_machine_paths, {"docs/a.md": "see /wo" + "rk/main/x\n"}, "one machine only",
     {"docs/a.md": "see /var/lib/outrider, a/ho" + "me/x\n"}),
    (words.check_drawers, {"agent/net/utils/a.cpp": ""}, "a drawer", {"agent/net/tls/a.cpp": ""}),
    (words.check_drawers, {"agent/net/helpers.cpp": ""}, "a drawer", {"agent/net/listener.cpp": ""}),
    (words.check_headers, {"agent/net/a.hpp": "int x;\n"}, "#pragma once", {"agent/net/a.hpp": ROOM}),
    (words.check_headers, {"agent/net/a.hpp": ROOM + "using namespace std;\n"}, "using namespace",
     {"agent/net/a.cpp": "using namespace std::chrono_literals;\n"}),
    (layout.check_rooms, {"agent/os/a.cpp": ""}, "README.md is missing", {"agent/os/a.cpp": "", "agent/os/README.md": "x\n"}),
    (layout.check_rooms, {"agent/os/a.cpp": "", "agent/os/README.md": "x\n" * 21}, "longer than 20",
     {"agent/os/a.cpp": "", "agent/os/README.md": "x\n" * 20}),
    (layout.check_entries, {"agent/probes/tcp/entry.cpp": "void enter(Shelf& shelf) {}"}, "example.yaml is missing",
     {f"agent/probes/tcp/{name}": "void enter(Shelf& shelf) {}"
      for name in ("entry.cpp", "README.md", "example.yaml", "tcp_test.cpp")}),
    (layout.check_entries, {"agent/probes/tcp/entry.cpp": ""}, "does not define enter", {"agent/probes/shelf.hpp": ROOM}),
    (layout.check_metrics, {"agent/os/a.cpp": '"outrider_os_things_total"', "docs/metrics.md": "| `outrider_other` |"},
     "outrider_os_things_total is not documented",
     {"agent/os/a.cpp": '"outrider_os_things_total"', "docs/metrics.md": "| `outrider_os_things_total` | counter |"}),
]


@pytest.mark.parametrize("rule, bad, words_of_it, good", BAD_AND_GOOD)
def test_a_rule_finds_the_bad_sample_and_leaves_its_good_twin(rule, bad, words_of_it, good):
    assert any(words_of_it in said for said in says(rule, bad)), says(rule, bad)
    assert says(rule, good) == []


BANNED_AND_ALLOWED = [
    # where, what is banned there, where or how it is allowed
    ("agent/net/a.cpp", "asio::co_spawn(x, y, z);", ("agent/async/a.cpp", "asio::co_spawn(x, y, z);")),
    ("agent/net/a.cpp", "post(x, asio::detached);", ("agent/async/a.cpp", "post(x, asio::detached);")),
    ("agent/health/a.cpp", "asio::steady_timer t(e);", ("agent/os/a.cpp", "asio::steady_timer t(e);")),
    ("agent/health/a.cpp", "std::chrono::system_clock::now()", ("agent/os/clock.cpp", "system_clock::now()")),
    ("agent/health/a_test.cpp", "steady_clock::now()", ("agent/async/a_test.cpp", "steady_clock::now()")),
    ("agent/net/a.cpp", "clock_gettime(CLOCK_REALTIME, &t);", ("tests/bench/a.cpp", "steady_clock::now()")),
    ("agent/os/a.cpp", "std::regex r;", ("agent/os/a.cpp", 'log("std::regex is banned");')),
    ("agent/os/a.cpp", "#include <regex>", ("agent/os/a.cpp", "// #include <regex>")),
    ("agent/net/a.cpp", "std::this_thread::sleep_for(1s);", ("agent/net/a.cpp", "co_await clock.sleep(1s);")),
    ("agent/net/a.cpp", "sleep(1);", ("agent/core/clock.hpp", "Task<void> sleep(Duration length)")),
    ("agent/net/a.cpp", "std::random_device d;", ("agent/os/random.cpp", "std::random_device d;")),
    ("agent/net/a.cpp", "catch (...) {", ("agent/net/a.cpp", "catch (const boost::system::system_error& e) {")),
    ("agent/net/a.cpp", "auto* p = new Thing(1);", ("agent/net/a.cpp", "auto p = std::make_unique<Thing>(1);")),
    ("agent/net/a.cpp", "f(new Thing(1));", ("agent/net/a.cpp", "auto p = std::shared_ptr<Base>(\n    new Thing(1));")),
    ("agent/net/a.cpp", "give(new char[8]);", ("agent/net/a.cpp", "A::A() : bytes_(new char[8]) {}")),
    ("agent/net/a.cpp", "  delete thing;", ("agent/net/a.cpp", "Thing(const Thing&) = delete;")),
    ("agent/health/a.cpp", "std::mutex m;", ("agent/async/a.cpp", "std::mutex m;")),
    ("agent/health/a.cpp", "std::thread t;", ("agent/async/a.cpp", "std::thread t;")),
    ("agent/health/a_test.cpp", "std::this_thread::sleep_for(1s);", ("agent/cli/a_test.cpp", "std::thread t;")),
    ("agent/health/a.cpp", "co_await (a() || co_await b());", ("agent/health/a.cpp", "if (a || b) co_await c();")),
]


@pytest.mark.parametrize("path, bad, allowed", BANNED_AND_ALLOWED)
def test_a_banned_word_is_found_outside_its_room_only(path, bad, allowed):
    assert says(words.check_banned, {path: bad + "\n"})
    assert says(words.check_banned, {allowed[0]: allowed[1] + "\n"}) == []


@pytest.mark.parametrize("line", [
    "co_await f({.a = x, .b = 1});",
    "co_await f(y, {x, 1});",
    "co_await f(Agg{x, 1});",
    "auto r = co_await f(std::vector<int>{1, 2});",
    "co_await async::offload(pool, [x] { return x; });",
    "co_await f([=]() -> Task<int> { co_return 1; });",
    "co_await f([copy = x]() mutable { g(copy); });",
    "if (!co_await f(\n    Agg{x})) {",
])
def test_the_compiler_traps_are_found(line):
    assert says(traps.check_traps, {"agent/os/a.cpp": line + "\n"})


@pytest.mark.parametrize("line", [
    "Agg agg{x, 1}; co_await f(std::move(agg));",
    "co_await async::offload(pool, [&] { return std::vector<int>{x}; });",
    "co_await async::offload(pool, [&x, this]() -> int { g({x}); return 1; });",
    "while (auto item = co_await next()) { g({1}); }",
    "Channel<int> c(co_await executor(), {.weight = 2});",
    "// co_await f(Agg{x})",
    'co_await say("f({1})");',
    "co_await f(table[index]);",
])
def test_what_is_safe_to_await_is_left_alone(line):
    assert says(traps.check_traps, {"agent/os/a.cpp": line + "\n"}) == []


@pytest.mark.parametrize("line", [
    "while (co_await box.receive()) ++count;",
    "if (!co_await f()) return;",
    "if (ready && co_await f(\n    x)) return;",
    "do { g(); } while (co_await f());",
    "for (int i = 0; co_await f(i); ++i) g();",
    "if (auto x = g(co_await f()); x) return;",
    "if ((co_await f()).has_value()) return;",
    "switch (co_await f()) {",
])
def test_an_awaited_result_without_a_name_in_a_condition_is_found(line):
    assert says(traps.check_conditions, {"agent/os/a.cpp": line + "\n"})


@pytest.mark.parametrize("line", [
    "while (auto item = co_await box.receive()) ++count;",
    "if (const bool done = co_await f(); done) return;",
    "if (const std::optional<int> x = co_await f()) return;",
    "if (auto [a, b] = co_await f(); a) return;",
    "while (!over) co_await bell.wait();",
    "if (ready) { const bool done = co_await f(); }",
    "for (;;) co_await f();",
    "if (any_of(list, [&](int x) -> Task<int> { co_await f(x); })) return;",
    "// while (co_await f())",
])
def test_a_named_result_and_an_await_after_the_condition_are_left_alone(line):
    assert says(traps.check_conditions, {"agent/os/a.cpp": line + "\n"}) == []
