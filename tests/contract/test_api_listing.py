"""GET /api/videos, as docs/compatibility.md promises it to the mobile app."""
import re

import pytest

from harness.contract_video import check_video


def titles(videos):
    return [video["title"] for video in videos]


@pytest.fixture(scope="module")
def library(server, clip):
    """Five videos, uploaded in this order."""
    client = server.client()
    return [
        client.upload(clip, "Zebra crossing", description="Una CANCIÓN de cuna", tags=["animals", "Niños"]),
        client.upload(clip, "Canción del mar", description="", tags=["música"]),
        client.upload(clip, "apple pie 100%", description="baking_with 'quotes' and \"more\"", tags=["food"]),
        client.upload(clip, "Éclair", description="back\\slash", tags=["food", "música"]),
        client.upload(clip, "日本語のビデオ", description="straße ΣΊΣΥΦΟΣ 🎬", tags=["日本", "a,b"]),
    ]


def test_the_list_is_a_bare_array_of_eleven_members(client, library):
    videos = client.list()
    assert len(videos) == 5
    for video in videos:
        check_video(video)


def test_upload_and_list_give_the_same_object(client, library):
    assert {video["id"]: video for video in client.list()} == {video["id"]: video for video in library}


def test_newest_first_without_a_sort(client, library):
    expected = titles(reversed(library))
    assert titles(client.list()) == expected
    assert titles(client.list(sort_by="date")) == expected
    assert titles(client.list(sort_by="nonsense")) == expected


def test_sorted_by_title_without_regard_to_case_and_accents(client, library):
    assert titles(client.list(sort_by="title")) == [
        "apple pie 100%", "Canción del mar", "Éclair", "Zebra crossing", "日本語のビデオ",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "search, found",
    [
        ("cancion", {"Zebra crossing", "Canción del mar"}),
        ("CANCIÓN", {"Zebra crossing", "Canción del mar"}),
        ("ncio", {"Zebra crossing", "Canción del mar"}),
        ("musica", {"Canción del mar", "Éclair"}),
        ("ninos", {"Zebra crossing"}),
        ("eclair", {"Éclair"}),
        ("100%", {"apple pie 100%"}),
        ("%", {"apple pie 100%"}),
        ("_", {"apple pie 100%"}),
        ("baking_with", {"apple pie 100%"}),
        ("\\", {"Éclair"}),
        ("'quotes'", {"apple pie 100%"}),
        ('"more"', {"apple pie 100%"}),
        ("a,b", {"日本語のビデオ"}),
        ("日本", {"日本語のビデオ"}),
        ("本語", {"日本語のビデオ"}),
        ("🎬", {"日本語のビデオ"}),
        ("σίσυφος", {"日本語のビデオ"}),
        ("foo", {"apple pie 100%", "Éclair"}),
        ("é", {"Zebra crossing", "apple pie 100%", "Éclair", "Canción del mar", "日本語のビデオ"}),
        ("nothing has this", set()),
        ("' OR '1'='1", set()),
        ("NEAR(a b)", set()),
        ("title:zebra", set()),
        ("", {"Zebra crossing", "Canción del mar", "apple pie 100%", "Éclair", "日本語のビデオ"}),
    ],
)
def test_search_is_a_substring_without_case_and_accents(client, library, search, found):
    assert set(titles(client.list(search=search))) == found


def test_search_and_sort_together(client, library):
    assert titles(client.list(search="cancion", sort_by="title")) == ["Canción del mar", "Zebra crossing"]


def test_search_by_exact_tag(client, library):
    assert set(titles(client.list(tag="food"))) == {"apple pie 100%", "Éclair"}
    assert titles(client.list(tag=["food", "música"])) == ["Éclair"]
    assert client.list(tag="foo") == []


def test_search_by_date(client, library):
    day = library[0]["upload_date"][:10]
    assert len(client.list(**{"from": day})) == 5
    assert len(client.list(**{"from": day, "to": day})) == 5
    assert client.list(to="2020-01-01") == []
    assert client.list(**{"from": "2199-01-01"}) == []
    middle = library[2]["upload_date"]
    assert titles(client.list(to=middle)) == titles([library[2], library[1], library[0]]), "both ends belong to it"
    assert titles(client.list(**{"from": middle})) == titles([library[4], library[3], library[2]])


def test_pages_are_opt_in(client, library):
    seen, path = [], "/api/videos?limit=2"
    while path:
        answer = client.get(path)
        assert answer.status_code == 200
        assert len(answer.json()) <= 2
        seen += titles(answer.json())
        link = answer.headers.get("Link")
        assert link is None or link.endswith('rel="next"') or 'rel="next"' in link
        path = re.match(r"<([^>]+)>", link).group(1) if link else None
    assert seen == titles(reversed(library))


def test_pages_by_title(client, library):
    first = client.get("/api/videos?limit=3&sort_by=title")
    rest = client.get(re.match(r"<([^>]+)>", first.headers["Link"]).group(1))
    assert titles(first.json() + rest.json()) == titles(client.list(sort_by="title"))


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=many", "limit=2&cursor=not-a-cursor", "from=yesterday"])
def test_an_impossible_query_is_a_400_in_the_contract_shape(client, query):
    answer = client.get("/api/videos?" + query)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}


def test_the_list_of_an_empty_library(vitrina):
    answer = vitrina.client().get("/api/videos")
    assert answer.status_code == 200
    assert answer.content.strip() == b"[]"
