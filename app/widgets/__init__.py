"""Plain building blocks of the window; they know Qt and the theme, nothing of experiments."""
