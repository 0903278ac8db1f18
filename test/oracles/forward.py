"""Models whose operators are run forward only, with their outputs: recurrent ones exported by PyTorch, and a dynamically
quantised one by its formulas.

    python3 forward.py DIR

Writes lstm.onnx, gru.onnx, quantised.onnx and forward.json: of each, 14 outputs for the two images whose element k is
(37 k mod 101) / 50 - 1. The recurrent networks read an image row by row. The quantised one follows the standard
(DynamicQuantizeLinear: scale = (max(x, 0) - min(x, 0)) / 255, zero point = round(-min / scale), halves to even;
MatMulInteger: exact products of whole numbers), written with numpy in float32 and 64-bit integers. Oracle: PyTorch 1.13,
onnx 1.12.
"""
import json
import os
import sys
import warnings

import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

warnings.filterwarnings("ignore")
size = 8


def images():
    numbers = torch.arange(2 * 3 * size * size)
    return (((numbers * 37) % 101) / 50 - 1).float().reshape(2, 3, size, size)


class Rows(nn.Module):
    """Two layers of a recurrent network over the rows of an image, both ways; the mean of their states, and a head."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer(3 * size, 6, num_layers=2, bidirectional=True)
        self.head = nn.Linear(12, 7)

    def forward(self, x):
        steps = x.permute(2, 0, 1, 3).flatten(2)
        states, _ = self.layer(steps)
        return self.head(states.mean(0))


def recurrent(layer, path):
    torch.manual_seed(0)
    net = Rows(layer).eval()
    logits = net(images())
    torch.onnx.export(net, images(), path, input_names=["input"], output_names=["output"], opset_version=13)
    return logits.flatten().tolist()


def quantised(path):
    generator = numpy.random.default_rng(0)
    widths = [3 * size * size, 16, 7]
    # Shifted, so that no value lies half way between two whole numbers, where rounding decides.
    shift = numpy.float32(0.013)
    nodes = [helper.make_node("Flatten", ["input"], ["flat"]), helper.make_node("Add", ["flat", "shift"], ["x0"])]
    weights = [numpy_helper.from_array(shift, "shift")]
    x = images().flatten(1).numpy() + shift
    for index, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        weight = generator.integers(-90, 91, (inputs, outputs)).astype(numpy.int8)
        scale = numpy.float32(0.02 / numpy.sqrt(inputs))
        bias = generator.uniform(-0.2, 0.2, outputs).astype(numpy.float32)
        weights += [
            numpy_helper.from_array(array, f"{name}{index}")
            for name, array in (("weight", weight), ("scale", scale), ("bias", bias), ("zero", numpy.int8(0)))
        ]
        end = "output" if index == len(widths) - 2 else f"y{index}"
        nodes += [
            helper.make_node("DynamicQuantizeLinear", [f"x{index}"], [f"q{index}", f"s{index}", f"z{index}"]),
            helper.make_node(
                "MatMulInteger", [f"q{index}", f"weight{index}", f"z{index}", f"zero{index}"], [f"i{index}"]
            ),
            helper.make_node("Cast", [f"i{index}"], [f"f{index}"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"s{index}", f"scale{index}"], [f"ss{index}"]),
            helper.make_node("Mul", [f"f{index}", f"ss{index}"], [f"m{index}"]),
            helper.make_node("Add", [f"m{index}", f"bias{index}"], [end]),
        ]
        low, high = min(x.min(), numpy.float32(0)), max(x.max(), numpy.float32(0))
        own = numpy.float32((high - low) / numpy.float32(255))
        zero = numpy.clip(numpy.rint(-low / own), 0, 255)
        whole = numpy.clip(numpy.rint(x / own) + zero, 0, 255).astype(numpy.int64)
        product = (whole - int(zero)) @ weight.astype(numpy.int64)
        x = (product.astype(numpy.float32) * (own * scale) + bias).astype(numpy.float32)
        if end != "output":
            nodes.append(helper.make_node("Relu", [end], [f"x{index + 1}"]))
            x = numpy.maximum(x, 0)
    graph = helper.make_graph(
        nodes,
        "quantised",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, size, size])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", widths[-1]])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return x.flatten().tolist()


def main(folder):
    os.makedirs(folder, exist_ok=True)
    at = lambda name: os.path.join(folder, f"{name}.onnx")
    records = {
        "lstm": recurrent(nn.LSTM, at("lstm")),
        "gru": recurrent(nn.GRU, at("gru")),
        "quantised": quantised(at("quantised")),
    }
    with open(os.path.join(folder, "forward.json"), "w") as file:
        json.dump(records, file)


main(*sys.argv[1:])
