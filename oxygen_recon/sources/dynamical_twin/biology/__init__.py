"""Ecosystem of the dynamical twin: phytoplankton in four groups, nutrients, iron and oxygen."""
