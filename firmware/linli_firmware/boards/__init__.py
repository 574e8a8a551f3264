"""The boards: the only place that imports `machine` and its like."""
