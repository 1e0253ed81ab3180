"""Pure rules: no clock, chance, loop, file, Discord or SQL."""
