# ===- page.py - Measured tables in a page of the documentation -------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Replaces the measured part of a page, between two lines of comment."""

import os

BEGIN = "<!-- measured: begin -->\n"
END = "<!-- measured: end -->\n"


class PageError(Exception):
    """A page without its markers; the text names it."""


def write_whole(path, text):
    """Writes the file `path`, whole or not at all; raises OSError."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def write_between_markers(path, text):
    """Puts `text`, which ends with a line break, between the markers of the page
    `path`; raises OSError and PageError."""
    page = path.read_text()
    if (
        page.count(BEGIN) != 1
        or page.count(END) != 1
        or page.find(BEGIN) > page.find(END)
    ):
        raise PageError(
            f"{path}: expected the line {BEGIN.strip()!r} once and after it "
            f"{END.strip()!r} once"
        )
    head, rest = page.split(BEGIN)
    write_whole(path, head + BEGIN + text + END + rest.split(END)[1])
