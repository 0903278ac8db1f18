"""Records where in a ResNet a difference begins: every stage's output, the logits, and two gradients with respect to
the pictures, in evaluation mode, in float32 and, as the truth, in float64 (of the same float32 weights and inputs).

Weights and inputs are those of fill.py, by torchvision's parameter names; the pictures are
fill("images", (2, 3, size, size), sqrt(12)). Gradients: `one` of logit 7 of the first picture, for that picture; `all` of
sum(logits * fill("logit weights", (2, 1000), 2)).
Versions: PyTorch 1.13.0a0, torchvision 0.14.1a0. Run: python3 test/oracles/stages.py > test/fixtures/stages.json"""
import json

import torch
import torchvision

from fill import fill, fill_network
from summary import summary

torch.set_num_threads(2)


def pass_through(model, size):
    dtype = next(model.parameters()).dtype
    stages = {}
    taps = {"stem": model.maxpool, **{f"stage{i}": getattr(model, f"layer{i}") for i in (1, 2, 3, 4)}}
    hooks = [
        module.register_forward_hook(lambda module, given, output, name=name: stages.update({name: output}))
        for name, module in taps.items()
    ]
    x = fill("images", (2, 3, size, size), 12**0.5).to(dtype).requires_grad_()
    logits = model(x)
    one = torch.autograd.grad(logits[0, 7], x, retain_graph=True)[0][0]
    weights = fill("logit weights", (2, 1000), 2.0).to(dtype)
    everything = torch.autograd.grad((logits * weights).sum(), x)[0]
    for hook in hooks:
        hook.remove()
    return {
        "stages": {name: summary(output) for name, output in stages.items()},
        "logits": summary(logits),
        "gradients": {"one": summary(one), "all": summary(everything)},
    }


cases = []
for net, size in (("resnet18", 64), ("resnet34", 64), ("resnet18", 224)):
    model = fill_network(getattr(torchvision.models, net)()).eval()
    single = pass_through(model, size)
    cases.append({"net": net, "size": size, "float32": single, "float64": pass_through(model.double(), size)})
print('{"cases":[\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]}")
