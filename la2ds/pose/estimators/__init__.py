"""Programs that look at pictures and say where joints are."""
