"""NB-IoT: a cell's coverage, access, queues and sleep; formulas take numbers or numpy arrays."""
