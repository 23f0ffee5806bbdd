"""Helpers for tests/: the program from outside, a local S3 server, the real data where it is present."""
