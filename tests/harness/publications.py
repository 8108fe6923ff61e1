"""Publications, as a test asks about them."""
from .waiting import until

SETTLED = {"published", "failed", "cancelled", "deleted", "outcome_unknown", "needs_reauth", "needs_user_action"}


def publications(client, video):
    answer = client.get("/v1/publications", params={"video": video["id"]})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def states(client, video):
    return {publication["platform"]: publication["status"] for publication in publications(client, video)}


def wait_until_published(client, video, networks, seconds=90):
    until(
        lambda: all(states(client, video).get(network) == "published" for network in networks),
        f"published on {networks}", seconds,
    )
