"""Heads that read the features of a daily network, which stays as it is: finer fields of a box, and waves.

`oxygen_recon.models.heads.BiochemistryHead` behind a `GridAdapter` is the third. `fields` has our heads, at most a
tenth of the network; `published` those of AI-GOMS as its authors describe them, whatever their size.
"""
