"""What a person does: open the page, upload a file with its form, watch the video, jump in it."""
import pytest
from selenium.webdriver.common.by import By

from harness.waiting import until

PLAYS = "const v = document.querySelector('video'); return v ? [v.readyState, v.currentTime, v.duration, v.paused, v.error && v.error.code, v.videoWidth] : null"


@pytest.fixture(scope="module")
def long_clip(studio):
    return studio.clip(seconds=30, size="640x360")


@pytest.fixture(scope="module")
def watched(server, long_clip):
    return server.client().upload(long_clip, "To be watched")


def state(browser):
    found = browser.execute_script(PLAYS)
    assert found is None or not found[4], f"the player gave up with error {found[4]}"
    return found


def play(browser):
    browser.execute_script("const v = document.querySelector('video'); v.muted = true; v.play()")


def test_the_page_uploads_a_file(browser, server, long_clip):
    browser.get(server.url + "/")
    assert "Vitrina" in browser.title
    browser.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(long_clip))
    title = browser.find_element(By.CSS_SELECTOR, "input[name=title]")
    title.clear()
    title.send_keys("From a browser")
    browser.find_element(By.CSS_SELECTOR, "form button, form input[type=submit]").click()
    client = server.client()
    video = until(
        lambda: next((v for v in client.list() if v["title"] == "From a browser" and v["duration"] == 30), None),
        "the uploaded video is listed with its duration", 60,
    )
    card = f"li[data-id='{video['id']}']"
    until(lambda: browser.find_elements(By.CSS_SELECTOR, card), "the page shows the video")
    browser.find_element(By.CSS_SELECTOR, card + " button.window").click()
    until(lambda: state(browser), "the page shows a player")
    play(browser)
    until(lambda: state(browser)[1] > 0.5, "it plays in the page")
    severe = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not severe, severe


def test_the_page_says_what_is_wrong(browser, server, tmp_path):
    wrong = tmp_path / "notes.mp4"
    wrong.write_text("not a video")
    browser.get(server.url + "/")
    browser.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(wrong))
    title = browser.find_element(By.CSS_SELECTOR, "input[name=title]")
    title.clear()
    title.send_keys("Wrong file")
    browser.find_element(By.CSS_SELECTOR, "form button, form input[type=submit]").click()
    until(lambda: browser.find_elements(By.CSS_SELECTOR, "#said.bad"), "the page says that it was refused", 60)
    assert "Wrong file" not in [video["title"] for video in server.client().list()]


def test_a_video_plays(browser, server, watched):
    browser.get(watched["s3_url"])
    until(lambda: state(browser), "the browser shows a player")
    play(browser)
    until(lambda: state(browser)[1] > 0.5, "time advances")
    assert abs(state(browser)[2] - 30) < 0.2
    assert state(browser)[5] == 640


def test_a_video_seeks(browser, server, watched):
    browser.get(watched["s3_url"])
    until(lambda: (state(browser) or [0])[0] >= 1, "the player knows the video")
    play(browser)
    for target in (25, 3, 14):
        browser.execute_script("document.querySelector('video').currentTime = arguments[0]", target)
        until(lambda: target < state(browser)[1] < target + 6 and state(browser)[0] >= 2, f"it plays from second {target}")


def test_a_phone_s_portrait_video_stands_upright(browser, server):
    from harness.media import CORPUS

    video = server.client().upload(CORPUS / "odd-iphone-portrait-rot90.mov", "Portrait")
    browser.get(server.url + "/")
    size = browser.execute_async_script(
        "const done = arguments[1], image = new Image(); image.onload = () => done([image.naturalWidth, image.naturalHeight]);"
        "image.onerror = () => done(null); image.src = arguments[0]",
        video["thumbnail_path"],
    )
    assert size and size[0] < size[1]
