# ===- iree.py - IREE on the CPU --------------------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""IREE's LLVM backend for the host, called through its Python runtime.

The operators are written in linalg as a frontend writes them, with static
shapes. Inputs and outputs are the buffers themselves.
"""

import numpy

from bench.operand import EPSILON
from bench.timing import time_calls
from peers import Prepared, Unsupported

MAPS = """
#rows = affine_map<(i, j) -> (i)>
#columns = affine_map<(i, j) -> (j)>
#all = affine_map<(i, j) -> (i, j)>
#element = affine_map<(i) -> (i)>
"""

# Values are widened when they are read. bf16 travels as integers, for which
# NumPy has a type.
WIDEN = {
    "f32": "%{0} = arith.addf %{0}_raw, %minus_zero : f32",
    "bf16": """%{0}_narrow = arith.bitcast %{0}_raw : i16 to bf16
    %{0} = arith.extf %{0}_narrow : bf16 to f32""",
    "f16": "%{0} = arith.extf %{0}_raw : f16 to f32",
}
NARROW = {
    "f32": "%{0}_raw = arith.addf %{0}, %minus_zero : f32",
    "bf16": """%{0}_narrow = arith.truncf %{0} : f32 to bf16
    %{0}_raw = arith.bitcast %{0}_narrow : bf16 to i16""",
    "f16": "%{0}_raw = arith.truncf %{0} : f32 to f16",
}

NORMALIZE = """
  %zero = arith.constant 0.0 : f32
  %n = arith.constant {width}.0 : f32
  %epsilon = arith.constant {epsilon:.17e} : f32
  %empty = tensor.empty() : tensor<{rows}xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<{rows}xf32>)
    -> tensor<{rows}xf32>
  %squares = linalg.generic {{indexing_maps = [#all, #rows],
      iterator_types = ["parallel", "reduction"]}}
      ins({source} : {tensor}) outs(%zeros : tensor<{rows}xf32>) {{
  ^bb0(%v_raw: {raw}, %acc: f32):
    {widen_v}
    %square = arith.mulf %v, %v : f32
    %add = arith.addf %acc, %square : f32
    linalg.yield %add : f32
  }} -> tensor<{rows}xf32>
  %y = linalg.generic {{indexing_maps = [#all, #rows, #columns, #all],
      iterator_types = ["parallel", "parallel"]}}
      ins({source}, %squares, %gamma
        : {tensor}, tensor<{rows}xf32>, tensor<{width}x{raw}>)
      outs(%y_out : {tensor}) {{
  ^bb0(%v_raw: {raw}, %s: f32, %g_raw: {raw}, %old: {raw}):
    {widen_v}
    {widen_g}
    %mean = arith.divf %s, %n : f32
    %shifted = arith.addf %mean, %epsilon : f32
    %rrms = math.rsqrt %shifted : f32
    %scaled = arith.mulf %v, %rrms : f32
    %result = arith.mulf %scaled, %g : f32
    {narrow_result}
    linalg.yield %result_raw : {raw}
  }} -> {tensor}
"""

SOURCES = {
    "rmsnorm": """
func.func @rmsnorm(%x: {tensor}, %gamma: tensor<{width}x{raw}>,
    %y_out: {tensor} {{iree.abi.output = 0 : index}}) -> {tensor} {{
  %minus_zero = arith.constant -0.0 : f32
  {normalize_x}
  return %y : {tensor}
}}
""",
    "residual_rmsnorm": """
func.func @residual_rmsnorm(%x: {tensor}, %residual: {tensor},
    %gamma: tensor<{width}x{raw}>,
    %sum_out: {tensor} {{iree.abi.output = 0 : index}},
    %y_out: {tensor} {{iree.abi.output = 1 : index}}) -> ({tensor}, {tensor}) {{
  %minus_zero = arith.constant -0.0 : f32
  %sum = linalg.generic {{indexing_maps = [#all, #all, #all],
      iterator_types = ["parallel", "parallel"]}}
      ins(%x, %residual : {tensor}, {tensor}) outs(%sum_out : {tensor}) {{
  ^bb0(%v_raw: {raw}, %r_raw: {raw}, %old: {raw}):
    {widen_v}
    {widen_r}
    %result = arith.addf %v, %r : f32
    {narrow_result}
    linalg.yield %result_raw : {raw}
  }} -> {tensor}
  {normalize_sum}
  return %sum, %y : {tensor}, {tensor}
}}
""",
    "reciprocal": """
func.func @reciprocal(%x: {tensor},
    %y_out: {tensor} {{iree.abi.output = 0 : index}}) -> {tensor} {{
  %minus_zero = arith.constant -0.0 : f32
  %one = arith.constant 1.0 : f32
  %y = linalg.generic {{indexing_maps = [#element, #element],
      iterator_types = ["parallel"]}}
      ins(%x : {tensor}) outs(%y_out : {tensor}) {{
  ^bb0(%v_raw: {raw}, %old: {raw}):
    {widen_v}
    %result = arith.divf %one, %v : f32
    {narrow_result}
    linalg.yield %result_raw : {raw}
  }} -> {tensor}
  return %y : {tensor}
}}
""",
}


def make_source(case):
    """The module of a case in the dialects that IREE reads."""
    raw = "i16" if case.type == "bf16" else case.type
    values = {
        "rows": case.shape[0],
        "width": case.shape[-1],
        "raw": raw,
        "tensor": f"tensor<{'x'.join(map(str, case.shape))}x{raw}>",
        "epsilon": EPSILON,
        "narrow_result": NARROW[case.type].format("result"),
    }
    for name in "vgr":
        values["widen_" + name] = WIDEN[case.type].format(name)
    for name in ("x", "sum"):
        values["normalize_" + name] = NORMALIZE.format(source="%" + name, **values)
    return MAPS + SOURCES[case.operator].format(**values)


class IREE:
    """A module for each case on a pool of as many workers as threads."""

    name = "IREE"

    def __init__(self, compiler, runtime, version):
        self._compiler, self._runtime = compiler, runtime
        self.version = version
        self._device = runtime.get_device("local-task")
        self._instance = runtime.VmInstance()

    def _view(self, array):
        if array.dtype == numpy.uint16:
            array = array.view(numpy.int16)
        return self._device.from_dlpack_capsule(array.__dlpack__())

    def prepare(self, case, buffers):
        if case.operator not in SOURCES or case.type not in WIDEN:
            raise Unsupported(f"no source of {case.operator} {case.type}")
        runtime = self._runtime
        try:
            code = self._compiler.compile_str(
                make_source(case),
                target_backends=["llvm-cpu"],
                extra_args=["--iree-llvmcpu-target-cpu=host"],
            )
        except self._compiler.CompilerToolError as error:
            raise Unsupported(f"does not compile: {error}")
        module = runtime.VmModule.copy_buffer(self._instance, code)
        hal = runtime.create_hal_module(self._instance, self._device)
        context = runtime.VmContext(self._instance, [hal, module])
        function = module.lookup_function(case.operator)

        def call(one):
            arguments = runtime.VmVariantList(8)
            for array in one.inputs + one.outputs:
                arguments.push_ref(self._view(array))
            count = len(one.outputs)
            return lambda: context.invoke(
                function, arguments, runtime.VmVariantList(count)
            )

        return Prepared(time_calls([call(one) for one in buffers.sets]))


def load(context):
    import importlib.metadata

    import iree.compiler
    import iree.runtime

    iree.runtime.flags.parse_flags(f"--task_topology_group_count={context.threads}")
    version = importlib.metadata.version("iree-base-compiler")
    return [IREE(iree.compiler, iree.runtime, version)]
