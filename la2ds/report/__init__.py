"""What people read and look at: tables, figures, and one page that holds them."""
