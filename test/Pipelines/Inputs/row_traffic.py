"""Prints a line for each unit-stride row loop of a module at stage buffer (stdin):

    FUNCTION: loops=N read=BYTES written=BYTES buffers=N copies=N

Bytes are those of the memory that one row touches, however often: a tensor that
two column loops read counts once. Expects static sizes that are multiples of a
tile. `buffers` counts allocations of the loop's body and of the kernel, `copies`
their copies and row loops beyond the first. With --first a line has the bytes of a
row of the first row loop alone:

    FUNCTION: read=BYTES written=BYTES
"""

import re
import sys

BYTES = {"bf16": 2, "f16": 2, "f32": 4, "f64": 8}
FUNCTION = re.compile(r"  func\.func private @(\w+)\.unit_stride(\.rows\d+)?\(")
SUBVIEW = re.compile(r"(%\w+) = memref\.(?:subview|expand_shape|cast) (%\w+)")
CONSTANT = re.compile(r"(%\w+) = arith\.constant (\d+) : index")
SUM = re.compile(r"(%\w+) = arith\.addi %\w+, (%\w+) : index")
LOOP = re.compile(r"scf\.for %\w+ = (%\w+) to (%\w+) step (%\w+)")
ACCESS = re.compile(
    r"vector\.(transfer_read|transfer_write|store)\b.*?(%\w+)\[.*vector<(\d+)x(\w+)>")
COLUMN = re.compile(r"(%\w+)\]")
BUFFER = re.compile(r"norm_scratch_acquire|memref\.alloca?\(")


def total(loops):
    """The bytes of a row that loops touch, given those of each column of a tile that
    loops with the same lanes and step begin at: loops by halves have two of them."""
    return max(sum(parts.values()) for parts in loops.values())


def traffic(body):
    """Bytes read and written of each memref by one row, and the column loops."""
    roots, constants, offsets = {}, {}, {}
    read, written, trips, steps = {}, {}, [], []
    column_loops = 0
    for line in body:
        if m := SUBVIEW.search(line):
            roots[m[1]] = roots.get(m[2], m[2])
        elif m := CONSTANT.search(line):
            constants[m[1]] = int(m[2])
        elif m := SUM.search(line):
            offsets[m[1]] = constants.get(m[2], 0)
        elif m := LOOP.search(line):
            begin, end, step = (constants.get(name) for name in m.groups())
            # Only the loop over rows has bounds from outside.
            trips.append(1 if end is None else (end - begin) // step)
            steps.append(step)
            column_loops += end is not None
        elif re.match(r"\s*}", line) and trips:
            trips.pop()
            steps.pop()
        elif (m := ACCESS.search(line)) and "() -> (0)" not in line:
            # A store names the value first.
            kind, memref, lanes, element = m.groups()
            if kind != "transfer_read":
                memref = re.search(r"(%\w+)\[", line)[1]
            size = int(lanes) * BYTES[element]
            for trip in trips:
                size *= trip
            totals = read if kind == "transfer_read" else written
            column = COLUMN.search(line)
            part = offsets.get(column[1], 0) if column else 0
            # Another loop over the same columns of a row touches the same bytes.
            loops = totals.setdefault(roots.get(memref, memref), {})
            parts = loops.setdefault((lanes, steps[-1] if steps else None), {})
            parts[part] = max(parts.get(part, 0), size)
    # What is written first is in the caches.
    only_read = sum(
        total(loops) for root, loops in read.items() if root not in written)
    return column_loops, only_read, sum(map(total, written.values()))


def main():
    functions, body = [], None
    for line in sys.stdin.read().split("\n"):
        if m := FUNCTION.match(line):
            body = []
            functions.append((m[1], m[2], body))
        elif line == "  }":
            body = None
        elif body is not None:
            body.append(line)
    kernels = {}
    for name, rows, body in functions:
        text = "\n".join(body)
        kernel = kernels.setdefault(
            name, {"loops": 0, "read": 0, "written": 0, "buffers": 0, "copies": 0})
        kernel["buffers"] += len(BUFFER.findall(text))
        kernel["copies"] += text.count("memref.copy")
        if rows:
            loops, read, written = traffic(body)
            kernel["loops"] += loops
            kernel["read"] += read
            kernel["written"] += written
            kernel["copies"] += rows != ".rows0"
        else:
            kernel["copies"] += text.count("scf.for ")
    if "--first" in sys.argv[1:]:
        kernels = {
            name: dict(zip(("read", "written"), traffic(body)[1:]))
            for name, rows, body in functions
            if rows == ".rows0"
        }
    for name, kernel in kernels.items():
        print(f"{name}:", *(f"{key}={value}" for key, value in kernel.items()))


main()
