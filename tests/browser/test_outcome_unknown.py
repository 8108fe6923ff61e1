"""Where nobody can prove what became of a post, a person says so in the page."""
from selenium.webdriver.common.by import By

from harness.publications import publications, states
from harness.recovery import QUICK
from harness.waiting import until


def in_doubt(server, sandbox, clip, titles):
    """A video for each title, posted to a network that cannot say what became of it."""
    client = server.client()
    sandbox.connect(client, "x")
    sandbox.fault("x", "tweets.create", "drop_before", times=len(titles))
    videos = [client.upload(clip, title) for title in titles]
    for video in videos:
        client.publish(video["id"], ["x"])
    for video in videos:
        until(lambda video=video: states(client, video)["x"] == "outcome_unknown", "nobody knows", 120)
    return videos


def verdict(browser, server, video):
    browser.get(server.url + "/")
    form = f"li[data-id='{video['id']}'] form.verdict"
    until(lambda: browser.find_elements(By.CSS_SELECTOR, form), "the page asks a person")
    return browser.find_element(By.CSS_SELECTOR, form)


def press(form, button):
    form.find_element(By.CSS_SELECTOR, button).click()


def test_a_person_says_what_became_of_a_post(make_vitrina, sandbox, clip, browser):
    server = make_vitrina(environment={**QUICK, **sandbox.settings()})
    there, missing = in_doubt(server, sandbox, clip, ["It is there", "It is not"])
    client = server.client()

    form = verdict(browser, server, there)
    form.find_element(By.NAME, "url").send_keys("https://example.org/not/there")
    press(form, "button:not([type])")
    until(lambda: "not the address of a post on X" in form.text, "a wrong address is told")
    form.find_element(By.NAME, "url").clear()
    form.find_element(By.NAME, "url").send_keys("https://x.com/alice/status/1880028106020515999")
    press(form, "button:not([type])")
    until(lambda: states(client, there)["x"] == "published", "it is published")
    link = f"li[data-id='{there['id']}'] .posts a"
    until(lambda: browser.find_elements(By.CSS_SELECTOR, link), "the page links it")
    assert client.find(there["id"])["published_platforms"] == ["x"]
    shown = client.get(f"/v1/publications/{publications(client, there)[0]['id']}").json()
    assert shown["remote_id"] == "1880028106020515999"
    assert shown["log"][-1]["step"] == "a person found the post"

    press(verdict(browser, server, missing), "button.danger")
    until(lambda: states(client, missing)["x"] == "published", "it is published", 60)
    assert [post["text"].split()[2] for post in sandbox.ledger("x")] == ["not"]
    shown = client.get(f"/v1/publications/{publications(client, missing)[0]['id']}").json()
    assert "a person decided to publish again" in [line["step"] for line in shown["log"]]
