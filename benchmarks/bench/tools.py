# ===- tools.py - Runs compilers and other programs --------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Runs other programs; needs nothing but Python's standard library."""

import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COMPILERS = ("clang++-22", "clang++", "c++", "g++")
# A program that takes longer hangs.
SECONDS = 600


class ToolError(Exception):
    """A program that fails; the text names it and has what it says."""


class MissingTool(ToolError):
    """A program that is not there or cannot be started."""


def find_compiler():
    """The first C++ compiler that is there; raises MissingTool."""
    compiler = next(filter(shutil.which, COMPILERS), None)
    if not compiler:
        raise MissingTool(f"found no C++ compiler, expected one of {COMPILERS}")
    return compiler


def run_tool(command):
    """The standard output and the standard error of `command`; raises ToolError."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=SECONDS
        )
    except OSError as error:
        raise MissingTool(f"cannot run {command[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"{command[0]}: takes more than {SECONDS} s") from error
    if done.returncode != 0:
        text = (done.stderr + done.stdout).strip() or f"exit code {done.returncode}"
        raise ToolError(f"{command[0]}: {text}")
    return done.stdout, done.stderr
