"""What a newcomer sees of what would have been published: the sandbox's page, with a player."""
from harness.publications import wait_until_published
from harness.waiting import until
from selenium.webdriver.common.by import By

PLAYER = "const v = document.querySelector('video'); return [v.readyState, v.currentTime, v.error && v.error.code]"


def test_the_sandbox_s_page_plays_what_was_published(browser, make_vitrina, sandbox, studio):
    server = make_vitrina(environment=sandbox.settings())
    client = server.client()
    for network in ("youtube", "mastodon"):
        sandbox.connect(client, network)
    video = client.upload(studio.clip(seconds=5, size="640x360"), "Seen in the sandbox")
    client.publish(video["id"], ["youtube", "mastodon"])
    wait_until_published(client, video, ["youtube", "mastodon"])
    browser.get(sandbox.url + "/")
    posts = browser.find_elements(By.CSS_SELECTOR, "article")
    assert len(posts) == 2 and all("Seen in the sandbox" in post.text for post in posts)
    assert len(browser.find_elements(By.CSS_SELECTOR, "article video")) == 2
    browser.execute_script("const v = document.querySelector('video'); v.muted = true; v.currentTime = 3; v.play()")

    def plays():
        ready, at, error = browser.execute_script(PLAYER)
        assert not error, error
        return ready >= 2 and at > 3.2

    until(plays, "it plays, from where it was asked to")
    severe = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE" and "favicon" not in entry["message"]]
    assert not severe, severe
