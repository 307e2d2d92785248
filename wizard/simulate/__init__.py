"""Recorded machines and stand-ins; says SIMULATED wherever it shows."""
