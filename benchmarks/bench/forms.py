# ===- forms.py - What values read from JSON should look like -----------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Compares a value with a form: a type, `[form]` for a list of such values, `[form,
form]` for one of two, `{str: form}` for an object with any names, `{"name": form,
"other?": form}` for one with these, None for null, or a tuple of forms of which one
fits. An int fits float."""

import sys

# The forms of a number that others are divided by, and of one that counts.
POSITIVE = "a number above 0"
COUNT = "a whole number above 0"


class FormError(ValueError):
    """A value of another form; the text says where."""


def _name_of(form):
    if isinstance(form, tuple):
        return " or ".join(map(_name_of, form))
    if isinstance(form, (list, dict)):
        return type(form).__name__
    if form in (None, POSITIVE, COUNT):
        return form or "null"
    return form.__name__


def _fits(value, form):
    """Whether `value` is of the form, what it contains aside."""
    if isinstance(form, tuple):
        return any(_fits(value, one) for one in form)
    if isinstance(form, (list, dict)):
        return isinstance(value, type(form))
    if form is None or form is bool or isinstance(value, bool):
        return value is form or (form is bool and isinstance(value, bool))
    if form in (POSITIVE, COUNT):
        kind = int if form == COUNT else float
        return _fits(value, kind) and 0 < value <= sys.float_info.max
    return isinstance(value, (int, float) if form is float else form)


def check_form(value, form, place, more=False):
    """Raises FormError unless `value`, found at `place`, is of the form. With `more`,
    objects may have other names, too."""
    if not _fits(value, form):
        raise FormError(f"{place}: expected {_name_of(form)}, found {value!r:.60}")
    if isinstance(form, tuple):
        form = next(one for one in form if _fits(value, one))
    if isinstance(form, list):
        if len(form) not in (1, len(value)):
            raise FormError(f"{place}: expected {len(form)} values, found {value!r:.60}")
        forms = form * len(value) if len(form) == 1 else form
        for i, (one, inner) in enumerate(zip(value, forms)):
            check_form(one, inner, f"{place}[{i}]", more)
    elif isinstance(form, dict) and str in form:
        for name, one in value.items():
            check_form(one, form[str], f"{place}.{name}", more)
    elif isinstance(form, dict):
        forms = {key.removesuffix("?"): inner for key, inner in form.items()}
        for name in [] if more else value.keys() - forms.keys():
            raise FormError(f"{place}: unknown '{name}', expected some of {list(forms)}")
        for name, inner in forms.items():
            if name in value:
                check_form(value[name], inner, f"{place}.{name}", more)
            elif name in form:
                raise FormError(f"{place}: found no '{name}'")
