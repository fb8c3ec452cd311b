# ===- __init__.py - Code of GPU kernels and what it costs ------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Reads the code of GPU kernels and predicts their time. Standard library only."""
