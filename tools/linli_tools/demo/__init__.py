"""`linli hub demo`: a whole site on one machine, with boards, simulated devices and a page."""
