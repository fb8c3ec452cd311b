# ===- machine.py - What a run is measured on -------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The CPU, its caches and the date; needs nothing but the standard library."""

import datetime
import os
import platform

# Flags of /proc/cpuinfo that targets and readers ask for.
FLAGS = ("avx2", "f16c", "avx512f", "avx512_bf16", "avx512_fp16", "asimd", "sve")
CACHES = "/sys/devices/system/cpu/cpu0/cache"


def _cpuinfo(key):
    """The first value of a key in /proc/cpuinfo, "" if there is none."""
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name.strip() == key:
                    return value.strip()
    except OSError:
        pass
    return ""


def _read(*names):
    try:
        with open(os.path.join(*names)) as file:
            return file.read().strip()
    except OSError:
        return ""


def read_caches():
    """A dict such as {"L1d": bytes, "L2": bytes} of the first CPU; may be empty."""
    caches = {}
    for name in sorted(os.listdir(CACHES)) if os.path.isdir(CACHES) else []:
        size, kind = (_read(CACHES, name, key) for key in ("size", "type"))
        if size.endswith("K") and size[:-1].isdigit() and kind != "Instruction":
            level = "L" + _read(CACHES, name, "level")
            caches[level + "d" * (kind == "Data")] = int(size[:-1]) << 10
    return caches


def describe_machine():
    """What a table of results says of the machine, as a dict for JSON."""
    flags = (_cpuinfo("flags") or _cpuinfo("Features")).split()
    return {
        "cpu": _cpuinfo("model name") or platform.processor() or platform.machine(),
        "flags": [flag for flag in FLAGS if flag in flags],
        "caches": read_caches(),
        "system": f"{platform.system()} {platform.release()}",
        "date": datetime.date.today().isoformat(),
    }
