"""SQL by feature: plain functions over a connection that return frozen rows; they never commit or read the clock."""
