"""Years of a rota, made up by a seed and lived through, to see that nobody ends up far above their share."""
