"""Compares rmsnorm compiled by norm-run with PyTorch eager, on one thread.

usage: rmsnorm_peers.py [--norm-run=build/bin/norm-run] [--shapes=512x4096,..]

Needs PyTorch. Both are measured in turns in one run of this script, each as the
minimum over its repetitions; only the ratios mean something on a shared
machine. A result is verified by norm-run before it is timed.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHAPES = "512x4096,4096x4096"
ROUNDS = 3
SECONDS_PER_ROUND = 1.0
EPSILON = 1e-6

SOURCE = """
func.func @rmsnorm(%x: tensor<?x{width}x{type}>, %gamma: tensor<{width}x{type}>)
    -> tensor<?x{width}x{type}> {{
  %y = norm.rmsnorm %x gamma(%gamma) axis(1) epsilon({epsilon:.17e})
    : (tensor<?x{width}x{type}>, tensor<{width}x{type}>) -> tensor<?x{width}x{type}>
  return %y : tensor<?x{width}x{type}>
}}
"""


def measure_norm(norm_run, rows, width, element_type, verify):
    """The JSON object that norm-run --bench prints."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "rmsnorm.mlir")
        source.write_text(
            SOURCE.format(width=width, type=element_type, epsilon=EPSILON)
        )
        command = [norm_run, source, "--random=1", f"--shape=0:{rows}x{width}"]
        command += ["--bench", f"--bench-seconds={SECONDS_PER_ROUND}"]
        command += ["--verify"] if verify else []
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{norm_run} failed:\n{done.stderr}")
    (line,) = [x for x in done.stdout.splitlines() if x.startswith("bench: ")]
    return json.loads(line.removeprefix("bench: "))


def measure_torch(torch, rows, width, element_type):
    """Seconds of one call: the minimum of the repetitions of a round."""
    dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[element_type]
    x = torch.rand(rows, width).mul(2).sub(1).to(dtype)
    gamma = torch.rand(width).mul(2).sub(1).to(dtype)
    call = torch.nn.functional.rms_norm
    best = float("inf")
    with torch.inference_mode():
        call(x, (width,), gamma, EPSILON)
        end = time.perf_counter() + SECONDS_PER_ROUND
        while time.perf_counter() < end:
            begin = time.perf_counter()
            call(x, (width,), gamma, EPSILON)
            best = min(best, time.perf_counter() - begin)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--norm-run", default=ROOT / "build" / "bin" / "norm-run")
    parser.add_argument("--shapes", default=SHAPES)
    arguments = parser.parse_args()
    try:
        import torch
    except ImportError:
        sys.exit("PyTorch was not found: python -m pip install torch")
    torch.set_num_threads(1)

    print(f"PyTorch {torch.__version__} eager, one thread")
    print(
        f"{'shape':12} {'type':5} {'max ULP':>8} {'norm us':>10} {'GB/s':>7} "
        f"{'copy share':>10} {'torch us':>10} {'GB/s':>7} {'ratio':>7}"
    )
    for shape in arguments.shapes.split(","):
        rows, width = (int(size) for size in shape.split("x"))
        for element_type in ("f32", "bf16"):
            norm, torch_seconds, max_ulp = None, float("inf"), 0
            for i in range(ROUNDS):
                bench = measure_norm(
                    arguments.norm_run, rows, width, element_type, verify=i == 0
                )
                max_ulp = max_ulp if bench["max_ulp"] is None else bench["max_ulp"]
                if norm is None or bench["seconds"] < norm["seconds"]:
                    norm = bench
                torch_seconds = min(
                    torch_seconds, measure_torch(torch, rows, width, element_type)
                )
            print(
                f"{shape:12} {element_type:5} {max_ulp:8.3f} "
                f"{norm['seconds'] * 1e6:10.1f} {norm['gb_per_s']:7.2f} "
                f"{norm['limit_share']:10.3f} {torch_seconds * 1e6:10.1f} "
                f"{norm['useful_bytes'] / torch_seconds * 1e-9:7.2f} "
                f"{torch_seconds / norm['seconds']:7.2f}",
                flush=True,
            )


main()
