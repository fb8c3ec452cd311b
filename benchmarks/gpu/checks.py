# ===- checks.py - Runs of norm-run that verify -----------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""What norm-run verifies on a GPU, read from checks.json."""

import dataclasses
import shutil
import subprocess

from bench.cases import read_groups
from bench.tools import ROOT

_CHECKS = {"file": str, "entry": str, "shapes": [str], "sanitize": bool}
# A check that takes longer hangs.
SECONDS = 300
SANITIZER_TOOLS = ("memcheck", "racecheck", "initcheck", "synccheck")


@dataclasses.dataclass(frozen=True)
class Check:
    """One function with arguments of some sizes."""

    file: str  # .mlir, relative to the root
    entry: str
    shapes: list  # of norm-run's --shape
    sanitize: bool  # small enough for compute-sanitizer

    def __str__(self):
        return " ".join([self.entry, *self.shapes])

    def command(self, prefix, target):
        command = [str(prefix / "bin" / "norm-run"), str(ROOT / self.file)]
        command += [f"--entry={self.entry}", f"--target={target}"]
        command += ["--random=1", "--verify"]
        return command + [f"--shape={shape}" for shape in self.shapes]


def read_checks(path):
    """The Checks of the file `path`; raises CaseError."""
    return [Check(**group) for _, group in read_groups(path, "checks", _CHECKS)]


def list_commands(checks, prefix, target):
    """(name, command) of all checks, then of those under compute-sanitizer if that
    is installed and the target is a GPU."""
    commands = [(str(check), check.command(prefix, target)) for check in checks]
    sanitizer = shutil.which("compute-sanitizer")
    if target == "cuda" and sanitizer:
        for tool in SANITIZER_TOOLS:
            commands += [
                (
                    f"{tool}: {check}",
                    [sanitizer, "--tool", tool, "--error-exitcode", "9"]
                    + check.command(prefix, target),
                )
                for check in checks
                if check.sanitize
            ]
    return commands


def run_check(command):
    """None if `command` succeeds, else the last line of what it printed."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"
