"""What the tests of the whole binary share: they start the real program and speak HTTP to it over loopback."""
