"""Tables, shards and dataset readers."""
