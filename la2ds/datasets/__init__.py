"""Datasets as they are published, films among them, read into tables and shards."""
