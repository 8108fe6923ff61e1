"""What a person does who has no account anywhere: connects three networks in the page, and publishes."""
from selenium.webdriver.common.by import By

from harness.waiting import until

THREE = ["youtube", "mastodon", "vimeo"]


def accounts_dialog(browser, server):
    browser.get(server.url + "/?lang=en")
    browser.find_element(By.ID, "open-networks").click()
    until(lambda: browser.find_elements(By.CSS_SELECTOR, "form.network"), "the networks are shown")


def press_connect(browser, network):
    form = browser.find_element(By.CSS_SELECTOR, f"form.network[data-network={network}]")
    button = form.find_element(By.CSS_SELECTOR, ".acts button")
    browser.execute_script("arguments[0].scrollIntoView()", button)
    button.click()


def at_the_consent_page(browser, sandbox):
    until(lambda: browser.current_url.startswith(sandbox.url + "/at/"), "the browser is at the consent page")
    return until(lambda: browser.find_elements(By.TAG_NAME, "form"), "it asks")[0]


def back_with(browser, server, words):
    """The browser is back, and its page says so."""
    until(lambda: browser.current_url.startswith(server.url), "the browser is back")
    until(lambda: words in browser.execute_script("return document.querySelector('h1')?.textContent || ''"), words)


def test_three_networks_are_connected_in_the_browser(make_vitrina, sandbox, clip, browser):
    server = make_vitrina(environment=sandbox.settings())
    client = server.client()
    for network in THREE:
        accounts_dialog(browser, server)
        press_connect(browser, network)
        form = at_the_consent_page(browser, sandbox)
        form.find_element(By.CSS_SELECTOR, "button[value=allow]").click()
        back_with(browser, server, "Connected to ")
        browser.find_element(By.CSS_SELECTOR, "a.button").click()
        until(lambda: browser.current_url == server.url + "/", "it leads back to the videos")
    assert sorted(account["platform"] for account in client.get("/v1/accounts").json()["data"]) == sorted(THREE)

    video = client.upload(clip, "To three networks")
    browser.get(server.url + "/?lang=en")
    card = f"li[data-id='{video['id']}']"
    until(lambda: browser.find_elements(By.CSS_SELECTOR, card + " .acts button:not(:disabled)"), "the video can be published")
    browser.find_element(By.CSS_SELECTOR, card + " .acts button").click()
    boxes = until(lambda: browser.find_elements(By.CSS_SELECTOR, "#accounts input"), "the accounts are shown")
    for box in boxes:
        box.click()
    browser.find_element(By.ID, "publish-now").click()
    until(lambda: len(sandbox.ledger()) == 3, "it is on all three", 90)
    severe = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not severe, severe


def test_who_says_no_is_told_and_can_try_again(make_vitrina, sandbox, browser):
    server = make_vitrina(environment=sandbox.settings())
    accounts_dialog(browser, server)
    press_connect(browser, "x")
    at_the_consent_page(browser, sandbox).find_element(By.CSS_SELECTOR, "button[value=deny]").click()
    back_with(browser, server, "Not connected to X")
    assert server.client().get("/v1/accounts").json()["data"] == []


def test_a_name_and_a_password_in_the_page(make_vitrina, sandbox, browser):
    server = make_vitrina(environment=sandbox.settings())
    made = sandbox.make_account("peertube", "alice")
    accounts_dialog(browser, server)
    form = browser.find_element(By.CSS_SELECTOR, "form.network[data-network=peertube]")
    for name, value in (("name", "alice"), ("password", "wrong")):
        form.find_element(By.NAME, name).send_keys(value)
    press_connect(browser, "peertube")
    until(lambda: "did not take this account" in form.text, "a wrong password is told")
    form.find_element(By.NAME, "password").clear()
    form.find_element(By.NAME, "password").send_keys(made["password"])
    press_connect(browser, "peertube")
    connected = lambda: server.client().get("/v1/accounts").json()["data"]  # noqa: E731
    choices = lambda: browser.find_elements(By.CSS_SELECTOR, "form.network fieldset button")  # noqa: E731
    until(lambda: connected() or choices(), "it signs in")
    if not connected():
        choices()[0].click()
    until(connected, "it is connected")
