"""Penn Action: sports clips with annotated joints."""
