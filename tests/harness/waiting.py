"""Waiting for conditions. The only place where a test lets time pass."""
import time


def until(condition, what, seconds=30.0):
    """Gives the first true value of condition(); fails with `what` when the deadline passes."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(0.02)


def holds_for(condition, what, seconds=1.0):
    """Fails when the condition stops being true within the time: for what must *not* happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), f"stopped being true: {what}"
        time.sleep(0.02)
