"""Physics of the dynamical twin: basin, flow in two layers, friction, weather, tracers."""
