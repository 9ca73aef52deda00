"""The benchmarks: `make bench` prints one table and writes bench/results/bench.json."""
