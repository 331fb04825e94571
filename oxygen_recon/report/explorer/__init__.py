"""Explorer of a finished run in the browser: maps, profiles, series and sections of its reconstruction."""
