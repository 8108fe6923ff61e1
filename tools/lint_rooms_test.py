"""The map is enforced."""
import pytest

from lint_rooms import check


@pytest.fixture
def tree(tmp_path):
    def write(name, text):
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return tmp_path

    for room in ("core", "http", "db", "library", "publishing", "app"):
        write(f"{room}/{room}.hpp", "#pragma once\n")
    write("CMakeLists.txt", """
vitrina_room(core Threads::Threads)
vitrina_room(http vitrina_core PkgConfig::CURL)
vitrina_room(db vitrina_core)
vitrina_room(library vitrina_db)
vitrina_room(publishing vitrina_library vitrina_http)
vitrina_room(app vitrina_publishing)
""")
    return write


def messages(root):
    return [message for _, _, message in check(root)]


@pytest.mark.parametrize(
    "file, text, word",
    [
        ("core/a.cpp", '#include "db/db.hpp"\n', "core may not know db"),
        ("db/a.cpp", '\n#include "http/http.hpp"\n', "db may not know http"),
        ("library/a.cpp", '#include "publishing/publishing.hpp"\n', "library may not know publishing"),
        ("http/a.cpp", '#include "app/app.hpp"\n', "http may not know app"),
        ("library/a.cpp", "#include <curl/curl.h>\n", "libcurl"),
        ("library/a.cpp", "#include <boost/beast/http.hpp>\n", "Beast"),
        ("library/a.cpp", "void f() { ::connect(fd, a, n); }\n", "only http/ opens connections"),
        ("publishing/platforms/x.cpp", '#include "http/http.hpp"\n', "a platform may not know http"),
        ("attic/a.cpp", "", "not on the map"),
    ],
)
def test_found(tree, file, text, word):
    found = messages(tree(file, text))
    assert len(found) == 1 and word in found[0], found


@pytest.mark.parametrize(
    "file, text",
    [
        ("library/a.cpp", '#include "db/db.hpp"\n#include "library/a.hpp"\n#include <vector>\n'),
        ("app/a.cpp", '#include "publishing/publishing.hpp"\n#include "http/http.hpp"\n'),
        ("http/a.cpp", "#include <curl/curl.h>\nvoid f() { ::connect(fd, a, n); }\n"),
        ("publishing/platforms/x.cpp", '#include "core/core.hpp"\n#include "publishing/platforms/x.hpp"\n'),
        ("library/a.cpp", "void f() { signal.connect(g); }\n"),
        ("main.cpp", '#include "app/app.hpp"\n'),
    ],
)
def test_left_alone(tree, file, text):
    assert messages(tree(file, text)) == []
