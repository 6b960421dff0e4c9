"""Jobs of a local run as forks of one process that has imported what verbs need (docs/architecture.md)."""
