"""Speed as ratios, each against a baseline in the same run. `make bench` prints and keeps them."""
