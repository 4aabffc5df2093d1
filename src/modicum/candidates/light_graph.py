"""An ONNX encoder made lighter: integer products, half-precision weights, embeddings by row.

Standard operators of opset 17 only, so that any ONNX Runtime from 1.20 on reads the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from modicum.candidates.weight_codes import column_codes, row_codes, smoothing
from modicum.errors import MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Inputs = Mapping[str, Floats]
    Wanted = Callable[[int, int], bool]


def inputs_of(onnx: bytes, ids: Sequence[Sequence[int]]) -> dict[str, Floats]:
    """What reaches every product with fixed weights, by tensor name; shape (tokens, width).

    ids: token ids of some texts, one text at a time, so that nothing is padding.
    """
    tools, runtime = _onnx(), import_module("onnxruntime")
    model = tools.load_from_string(onnx)
    known = _weights(tools, model.graph)
    names = list(dict.fromkeys(n.input[0] for n in model.graph.node if _is_product(n, known)))
    outputs = [tools.helper.make_tensor_value_info(n, tools.TensorProto.FLOAT, None) for n in names]
    model.graph.output.extend(outputs)
    session = runtime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    found: dict[str, list[Floats]] = {name: [] for name in names}
    for text in ids:
        row = np.array([text], np.int64)
        feed = {"input_ids": row, "attention_mask": row * 0 + 1, "token_type_ids": row * 0}
        for name, states in zip(names, session.run(names, feed), strict=True):
            found[name].append(states[0])
    return {name: np.concatenate(states) for name, states in found.items()}


def lighter(onnx: bytes, inputs: Inputs, integer: Wanted) -> bytes:
    """The encoder with int8 embeddings, and with integer products where `integer` says so.

    The weights of the other products are kept in half precision; they are computed in single.

    integer: told a product's inputs and outputs.  inputs: as `inputs_of` gives them.
    """
    tools = _onnx()
    model = tools.load_from_string(onnx)
    rewriting = _Rewriting(tools, model.graph, inputs)
    for node in list(model.graph.node):
        rewriting.take(node, integer)
    rewriting.finish()
    return bytes(model.SerializeToString())


class _Rewriting:
    """A graph's nodes, taken one after the other and put back changed or not."""

    def __init__(self, tools: Any, graph: Any, inputs: Inputs) -> None:
        self.tools, self.graph, self.inputs = tools, graph, inputs
        self.known = _weights(tools, graph)
        self.nodes: list[Any] = []
        self.tensors: dict[str, Any] = {}
        self.replaced: set[str] = set()
        self.divisors: dict[str, Floats] = {}

    def take(self, node: Any, integer: Wanted) -> None:
        """Replace what can be lighter, keep the rest."""
        if _is_product(node, self.known):
            rows, columns = self.known[node.input[1]].shape
            self.product(node) if integer(rows, columns) else self.halved(node)
        elif node.op_type == "Gather" and node.input[0] in self.known:
            self.embedding(node)
        else:
            self.nodes.append(node)

    def finish(self) -> None:
        """Put nodes and tensors in the place of the old ones."""
        kept = [t for t in self.graph.initializer if t.name not in self.replaced]
        del self.graph.node[:], self.graph.initializer[:]
        self.graph.node.extend(self.nodes)
        self.graph.initializer.extend([*kept, *self.tensors.values()])

    def product(self, node: Any) -> None:
        """Integers times integers: each token's states have a scale of their own, so an answer
        does not depend on the texts that it shares a batch with."""
        (states, name), out = node.input, node.output[0]
        weights = self.known[name]
        if states not in self.divisors:
            self.divisors[states] = self._shared_smoothing(states)
            self._coded(states)
        divisors = self.divisors[states]
        codes, scales = column_codes(weights * divisors[:, None], self.inputs[states] / divisors)
        self.replaced.add(name)
        integers = [f"{states}_code", self.put(f"{name}_code", codes), self.middle()]
        self.add("MatMulInteger", integers, f"{out}_sum")
        self.add("Cast", [f"{out}_sum"], f"{out}_float", to=self.tools.TensorProto.FLOAT)
        self.add("Mul", [f"{out}_float", f"{states}_peak"], f"{out}_part")
        self.add("Mul", [f"{out}_part", self.put(f"{name}_scale", scales / 127)], out)

    def _shared_smoothing(self, states: str) -> Floats:
        """One for all products of the same states (query, key and value)."""
        nodes = [n for n in self.graph.node if _is_product(n, self.known)]
        every = [self.known[n.input[1]] for n in nodes if n.input[0] == states]
        return smoothing(self.inputs[states], np.concatenate(every, axis=1))

    def _coded(self, states: str) -> None:
        """States as codes about 128, with the greatest of each token put at 127 steps from it."""
        divide = self.put(f"{states}_divide", 1 / self.divisors[states])
        top, least = (self.put(n, np.float32(v)) for n, v in (("top", 127), ("least", 1e-9)))
        self.add("Mul", [states, divide], f"{states}_even")
        self.add("Abs", [f"{states}_even"], f"{states}_size")
        self.add("ReduceMax", [f"{states}_size"], f"{states}_most", axes=[-1], keepdims=1)
        self.add("Max", [f"{states}_most", least], f"{states}_peak")
        self.add("Div", [top, f"{states}_peak"], f"{states}_stretch")
        self.add("Mul", [f"{states}_even", f"{states}_stretch"], f"{states}_steps")
        one = self.put("one", np.float32(1))
        self.add("QuantizeLinear", [f"{states}_steps", one, self.middle()], f"{states}_code")

    def halved(self, node: Any) -> None:
        """Weights in half precision, made single when the file is opened."""
        (states, name), single = node.input, f"{node.input[1]}_single"
        half = self.put(f"{name}_half", self.known[name].astype(np.float16))
        self.replaced.add(name)
        self.add("Cast", [half], single, to=self.tools.TensorProto.FLOAT)
        self.add("MatMul", [states, single], node.output[0])

    def embedding(self, node: Any) -> None:
        """Rows of codes and their scales, looked up side by side."""
        (name, which), out = node.input, node.output[0]
        codes, scales = row_codes(self.known[name])
        self.replaced.add(name)
        self.add("Gather", [self.put(f"{name}_code", codes), which], f"{out}_code")
        self.add("Cast", [f"{out}_code"], f"{out}_float", to=self.tools.TensorProto.FLOAT)
        self.add("Gather", [self.put(f"{name}_scale", scales), which], f"{out}_scale")
        self.add("Mul", [f"{out}_float", f"{out}_scale"], out)

    def middle(self) -> str:
        """The code of nought."""
        return self.put("middle", np.uint8(128))

    def put(self, name: str, value: Any) -> str:
        """A tensor under this name, once."""
        if name not in self.tensors:
            self.tensors[name] = self.tools.numpy_helper.from_array(np.asarray(value), name)
        return name

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        """A node with one output."""
        self.nodes.append(self.tools.helper.make_node(kind, inputs, [output], output, **attributes))


def _weights(tools: Any, graph: Any) -> dict[str, Floats]:
    """Matrices of the graph by name."""
    matrices = [t for t in graph.initializer if len(t.dims) == 2 and t.data_type == 1]
    return {t.name: tools.numpy_helper.to_array(t) for t in matrices}


def _is_product(node: Any, known: Mapping[str, Floats]) -> bool:
    return node.op_type == "MatMul" and node.input[1] in known


def _onnx() -> Any:
    try:
        return import_module("onnx")
    except ImportError as error:
        raise MissingExtraError("exported encoders", "finetune") from error
