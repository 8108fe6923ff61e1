"""The description itself. Last, so that it sees what the other tests of this suite have asked for."""


def test_every_operation_was_seen_to_succeed(request, spec):
    if len({item.path for item in request.session.items}) < 8:
        return  # only part of the suite runs
    succeeded = {(method, path) for method, path, status in spec.seen if status < 400}
    never = sorted(spec.operations() - succeeded)
    assert not never, f"described, and never seen to work: {never}"


def test_every_path_is_spelt_out_in_the_routes_answer(client, spec):
    """What is described exists: no operation answers 404 for its path or 405 for its method."""
    for method, template in sorted(spec.operations()):
        path = template.replace("{id}", "00000000-0000-4000-8000-000000000000").replace("{name}", "original.mp4")
        answer = client.request(method, path, check=False)
        assert answer.status_code != 405, f"{method} {template}"
        if "{" not in template:
            assert answer.status_code != 404, f"{method} {template}"
