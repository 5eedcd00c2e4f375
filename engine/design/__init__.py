"""Networks by design: worked out with paper and pencil instead of trained."""
