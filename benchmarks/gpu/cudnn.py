# ===- cudnn.py - cuDNN's RMS normalization ---------------------------------===#
#
# Licensed under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""cuDNN by its graphs (package nvidia-cudnn-frontend), for gpu/peers.py."""

from bench.operand import EPSILON
from peers import Unsupported


class CuDNN:
    """A graph of one node for each case. The channels of cuDNN are the columns, and
    its inverse variance is the rrms."""

    name = "cuDNN"

    def __init__(self, torch, cudnn):
        self._torch, self._cudnn = torch, cudnn
        self.version = f"{cudnn.backend_version_string()} (frontend {cudnn.__version__})"
        self._handle = None

    def calls(self, case, sets):
        make = {"rmsnorm": self._forward, "rmsnorm_grad": self._backward}
        if case.operator not in make:
            raise Unsupported(f"no function for {case.operator}")
        stream = self._torch.cuda.current_stream().cuda_stream
        if self._handle is None:
            self._handle = self._cudnn.create_handle()
        self._cudnn.set_stream(handle=self._handle, stream=stream)
        graph, operands = make[case.operator](*sets[0])
        self._build(graph)
        workspace = self._torch.empty(
            graph.get_workspace_size(), device="cuda", dtype=self._torch.uint8
        )

        def call(one):
            inputs, outputs = one
            tensors = operands(inputs, outputs)
            return lambda: graph.execute(tensors, workspace, handle=self._handle)

        return [call(one) for one in sets]

    def _graph(self):
        single = self._cudnn.data_type.FLOAT
        return self._cudnn.pygraph(
            intermediate_data_type=single, compute_data_type=single, handle=self._handle
        )

    def _build(self, graph):
        graph.validate()
        graph.build_operation_graph()
        modes = self._cudnn.heur_mode
        graph.create_execution_plans([modes.A, modes.FALLBACK])
        graph.check_support()
        graph.build_plans()

    def _forward(self, inputs, outputs):
        """The graph of y, and a function (inputs, outputs) -> its tensors."""
        graph = self._graph()
        # A tensor of the host is passed by value.
        epsilon = self._torch.full((1, 1, 1, 1), EPSILON, dtype=self._torch.float32)
        shapes = [*map(_four_dims, inputs), epsilon]
        nodes = [graph.tensor_like(one) for one in shapes]
        y, _ = graph.rmsnorm(
            norm_forward_phase=self._cudnn.norm_forward_phase.INFERENCE,
            input=nodes[0],
            scale=nodes[1],
            epsilon=nodes[2],
        )
        y.set_output(True).set_data_type(outputs[0].dtype)

        def operands(inputs, outputs):
            tensors = [*map(_four_dims, inputs), epsilon, _four_dims(outputs[0])]
            return dict(zip([*nodes, y], tensors))

        return graph, operands

    def _backward(self, inputs, outputs):
        """The graph of dx and dgamma, and a function (inputs, outputs) -> its tensors."""
        graph = self._graph()
        nodes = [graph.tensor_like(_four_dims(one)) for one in _backward_inputs(inputs)]
        dx, dgamma, _ = graph.rmsnorm_backward(
            grad=nodes[0],
            input=nodes[1],
            inv_variance=nodes[2],
            scale=nodes[3],
            has_dbias=False,
        )
        dx.set_output(True).set_data_type(outputs[0].dtype)
        dgamma.set_output(True).set_data_type(outputs[1].dtype)

        def operands(inputs, outputs):
            tensors = map(_four_dims, [*_backward_inputs(inputs), *outputs])
            return dict(zip([*nodes, dx, dgamma], tensors))

        return graph, operands


def _backward_inputs(inputs):
    """dy, x, rrms as a column, gamma."""
    dy, x, rrms, gamma = inputs
    return [dy, x, rrms.reshape(-1, 1), gamma]


def _four_dims(tensor):
    """A view [rows, columns, 1, 1], of one row for a vector."""
    rows, columns = tensor.reshape(-1, tensor.shape[-1]).shape
    return tensor.view(rows, columns, 1, 1)
