"""The building: assembly on top, tools in the middle, pure rules in the cellar."""
