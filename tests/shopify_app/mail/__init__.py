"""Telling people by e-mail."""
