"""Each rule on code that breaks it and on the code one writes instead."""
import pytest

from lint_coroutines import check


def rules(body):
    return [finding.rule for finding in check("Task<> f()\n{\n" + body + "\n}\n")]


@pytest.mark.parametrize(
    "body, rule",
    [
        ("auto x = co_await open({.title = title});", "braces"),
        ("co_await save(Options{1});", "braces"),
        ("co_await run_on(pool, [&] { return 1; });", "lambda"),
        ("co_await run_on(pool, [password]() -> std::string { return hash(password); });", "lambda"),
        ("auto x = a ? co_await b() : c;", "conditional"),
        ("auto x = a ? b : co_await c();", "conditional"),
        ("auto x = co_await a(co_await b());", "two-awaits"),
        ("auto x = co_await a() + co_await b();", "two-awaits"),
        ("co_await Reader(file).read();", "temporary"),
        ("co_await Reader{file}.read();", "braces"),
        ("try { g(); } catch (const E& e) { co_await h(); }", "catch"),
        ("try { g(); } catch (...) { if (x) { co_await h(); } }", "catch"),
        ("std::lock_guard lock(mutex_); co_await g();", "lock"),
        ("{ std::scoped_lock lock(mutex_); if (x) { co_await g(); } }", "lock"),
        ("co_spawn(ex, [this]() -> Task<> { co_await g(); }, detached);", "spawned-lambda"),
        ("if (!co_await a(Key{1})) co_return;", "braces"),
        ("for (auto& x : co_await list(Filter{})) g(x);", "braces"),
        ("auto work = [&] { co_await a({1}); };", "braces"),
    ],
)
def test_found(body, rule):
    assert rules(body) == [rule]


@pytest.mark.parametrize(
    "body",
    [
        "UploadOptions options{.title = title};\nauto session = co_await uploads.open(std::move(options));",
        "auto hash = [password] { return hash_password(password); };\nauto h = co_await run_on(pool, std::move(hash));",
        "if (!co_await exists(key)) co_return co_await fallback();",
        "if (a) co_return co_await b(); else co_return co_await c();",
        "auto x = co_await a(); auto y = co_await b(x);",
        "bool ok = co_await a();\nreturn ok ? 1 : 2;",
        "{ std::lock_guard lock(mutex_); n = 1; }\nco_await g();",
        "try { co_await g(); } catch (...) { error = std::current_exception(); }\nco_await h();",
        'co_await say("? {} [&] co_await"); // co_await a({})',
        "co_spawn(ex, serve(std::move(socket)), [this](std::exception_ptr e) { ended(e); });",
        "co_await rows[0].load();\nco_await rows[i + 1].load(names[2]);",
        "auto f = [this](const Request& r) { return show(r); };",
        "const char* s = R\"(co_await a({}))\"; co_await b(s);",
        "switch (x) { case 1: co_await a(); break; case 2: co_await b(); }",
        "while (auto piece = co_await next()) { write(*piece); }",
        "std::vector<int> v{1, 2}; co_await g(v);",
        "co_await db.read(query, std::int64_t{limit}, bool{x});",
        "const auto n = 1'000'000; co_await g(n); const char c = '\\''; co_await h(c);",
    ],
)
def test_left_alone(body):
    assert rules(body) == []


def test_a_lock_in_one_function_is_not_held_in_the_next():
    assert check("void f() { std::lock_guard lock(m); }\nTask<> g() { co_await h(); }") == []


def test_lines_are_those_of_the_file():
    text = "#include <x>\n\n/* a\n b */\nTask<> f()\n{\n    co_await g(\n        {1});\n}\n"
    assert [(finding.line, finding.rule) for finding in check(text)] == [(8, "braces")]
