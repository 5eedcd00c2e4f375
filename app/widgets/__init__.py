"""Plain building blocks: they know the theme and nothing of experiments."""
