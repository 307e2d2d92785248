"""A stand-in for ``python3 -m sglang.bench_serving``: says where it runs, and figures in its form. SIMULATED."""

import os

print(f"SIMULATED benchmark in {os.environ['HOME']}")
print("============ Serving Benchmark Result ============")
print("Successful requests:                     8")
print("Output token throughput (tok/s):         123.45")
print("==================================================")
