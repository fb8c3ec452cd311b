# ===- page.py - Measured tables in a page of the documentation -------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Replaces a generated part of a page, between two lines of comment."""

import os


class PageError(Exception):
    """A page without its markers; the text names it."""


def write_whole(path, text):
    """Writes the file `path`, whole or not at all; raises OSError."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        # A full disk is found where nothing knows the name.
        raise OSError(error.errno, error.strerror, str(path)) from error
    except KeyboardInterrupt:
        temporary.unlink(missing_ok=True)
        raise


def split_page(path, part="measured"):
    """What the page `path` has up to the first marker of `part` and from the second
    one on; raises OSError and PageError."""
    begin, end = f"<!-- {part}: begin -->\n", f"<!-- {part}: end -->\n"
    try:
        page = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PageError(f"{path}: expected text, found {error}")
    if (
        page.count(begin) != 1
        or page.count(end) != 1
        or page.find(begin) > page.find(end)
    ):
        raise PageError(
            f"{path}: expected the line {begin.strip()!r} once and after it "
            f"{end.strip()!r} once"
        )
    head, rest = page.split(begin)
    return head + begin, end + rest.split(end)[1]


def write_between_markers(path, text, part="measured"):
    """Puts `text`, which ends with a line break, between the markers of `part` in
    the page `path`; raises OSError and PageError."""
    head, rest = split_page(path, part)
    write_whole(path, head + text + rest)
