"""The report: one HTML page that holds everything."""
