"""Results for people: tables, figures, and one page that holds them."""
