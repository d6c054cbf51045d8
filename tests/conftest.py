"""That there is this file puts its folder on the path: what the suites share is found there."""
