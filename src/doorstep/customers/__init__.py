"""Who is home when, and what failing them does."""
