"""Mistakes that Lejar must never make, each as a patch: the simulation is to notice every one."""
