"""Days of ocean fields in memory, as the forecast models read them.

Values without gaps and the mask of the ocean by channel (`fields`), land filled by zonal means (`land`), standard
scores (`scaling`) and a climatology by day of the year (`seasons`), both made from training days only. Channels have
names and depths; nothing here reads a file.
"""
