"""A person at a stand-in's consent page, without a browser."""
import html
import re

import requests

INPUT = re.compile(r"<input type=hidden name=(\w+) value=\"([^\"]*)\">")


def decide(url, decision="allow", account="", new_account="", without=()):
    """Presses a button there; gives the address that the browser is sent back to."""
    session = requests.Session()
    session.trust_env = False
    page = session.get(url, timeout=30)
    assert page.status_code == 200, page.text
    assert "not the real network" in page.text
    fields = [(name, html.unescape(value)) for name, value in INPUT.findall(page.text)]
    fields += [("account", account), ("new_account", new_account), ("decision", decision)]
    fields += [("without", scope) for scope in without]
    answer = session.post(url, data=fields, timeout=30, allow_redirects=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]
