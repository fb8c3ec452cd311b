# ===- onnx_runtime.py - ONNX Runtime ---------------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""ONNX Runtime on the CPU, with inputs and outputs bound to the buffers.

Two peers: the runtime's own fused operators, and those of the ONNX standard.
"""

from bench.operand import EPSILON
from bench.timing import time_calls
from peers import Prepared, Unsupported

MICROSOFT = "com.microsoft"

# Operator -> its nodes: (ONNX operator, domain, inputs, outputs, attributes).
FUSED = {
    "rmsnorm": [
        (
            "SimplifiedLayerNormalization",
            "",
            ["x", "gamma"],
            ["y"],
            {"axis": -1, "epsilon": EPSILON, "stash_type": 1},
        )
    ],
    "residual_rmsnorm": [
        (
            "SkipSimplifiedLayerNormalization",
            MICROSOFT,
            ["x", "residual", "gamma"],
            ["y", "", "", "sum"],
            {"epsilon": EPSILON},
        )
    ],
}
NORMALIZATION = (
    "RMSNormalization",
    "",
    ["x", "gamma"],
    ["y"],
    {"axis": -1, "epsilon": EPSILON},
)
STANDARD = {
    "reciprocal": [("Reciprocal", "", ["x"], ["y"], {})],
    "rmsnorm": [NORMALIZATION],
    "residual_rmsnorm": [
        ("Add", "", ["x", "residual"], ["sum"], {}),
        (NORMALIZATION[0], "", ["sum", "gamma"], *NORMALIZATION[3:]),
    ],
}


class ONNXRuntime:
    """A session for each case, made from the nodes of one table."""

    def __init__(self, onnx, onnxruntime, name, nodes, opset, threads):
        self._onnx, self._runtime, self._nodes = onnx, onnxruntime, nodes
        self._opset, self._threads = opset, threads
        self.name, self.version = name, onnxruntime.__version__

    def _model(self, case, operator, element_type):
        helper = self._onnx.helper

        def infos(operands):
            return [
                helper.make_tensor_value_info(o.name, element_type, o.shape)
                for o in operands
            ]

        nodes = [
            helper.make_node(name, inputs, outputs, domain=domain, **attributes)
            for name, domain, inputs, outputs, attributes in self._nodes[case.operator]
        ]
        graph = helper.make_graph(
            nodes,
            case.operator,
            infos(operator.inputs(case.shape)),
            infos(operator.outputs(case.shape)),
        )
        opsets = [("", self._opset), (MICROSOFT, 1)]
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid(*opset) for opset in opsets],
        )
        model.ir_version = 10  # That of opset 23; the newest may be unknown.
        return model.SerializeToString()

    def prepare(self, case, buffers):
        if case.operator not in self._nodes:
            raise Unsupported(f"no model of {case.operator}")
        types = self._onnx.TensorProto
        element_type = {
            "f32": types.FLOAT,
            "f16": types.FLOAT16,
            "bf16": types.BFLOAT16,
            "f64": types.DOUBLE,
        }[case.type]
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        operator = buffers.operator
        try:
            session = self._runtime.InferenceSession(
                self._model(case, operator, element_type),
                options,
                providers=["CPUExecutionProvider"],
            )
        except Exception as error:  # A class for each of its error codes.
            if "NOT_IMPLEMENTED" in str(error):
                raise Unsupported(f"no implementation of {case.operator} {case.type}")
            raise Unsupported(str(error).strip().splitlines()[0])

        def call(one):
            binding = session.io_binding()
            for bind, operands, arrays in (
                (binding.bind_input, operator.inputs, one.inputs),
                (binding.bind_output, operator.outputs, one.outputs),
            ):
                for operand, array in zip(operands(case.shape), arrays):
                    bind(
                        operand.name,
                        "cpu",
                        0,
                        element_type,
                        operand.shape,
                        array.ctypes.data,
                    )
            return lambda: session.run_with_iobinding(binding)

        return Prepared(time_calls([call(one) for one in buffers.sets]))


def load(context):
    import onnx
    import onnxruntime

    return [
        ONNXRuntime(onnx, onnxruntime, name, nodes, opset, context.threads)
        for name, nodes, opset in (
            ("ONNX Runtime", FUSED, 17),
            ("ONNX Runtime, standard", STANDARD, 23),
        )
    ]
