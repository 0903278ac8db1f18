"""Records what torchvision's networks make of weights from fill.py: logits and the gradient of one logit by the image, in
float64, and how far float32 is from that. Without names all of them; with names those, beside what is recorded already.
Run: OMP_WAIT_POLICY=PASSIVE python3 test/oracles/architectures.py [NAME...]"""
import json
import os
import sys
import torch
import torchvision
from fill import fill, fill_network

torch.set_num_threads(1)
nets = torchvision.models
target = os.path.join(os.path.dirname(__file__), "../fixtures/architectures.json")
rounded = lambda t: [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]
some = lambda t: rounded(t.flatten()[:: max(1, t.numel() // 12)][:12])
special = {
    "googlenet-torchvision": ("googlenet", dict(init_weights=False, transform_input=False)),
    "squeezenet1_1-torchvision": ("squeezenet1_1", {}),
}
# At He's scale the channel weights of these turn into switches, and rounding alone decides them.
gains = {"efficientnet_v2_s": 0.5, "efficientnet_v2_m": 0.5, "efficientnet_v2_l": 0.5}
disturbances = {"resnet152": 6, "resnext101_32x8d": 6, "regnet_y_1_6gf": 6, "regnet_y_32gf": 6}
names = [
    "resnet152 wide_resnet50_2 wide_resnet101_2 resnext50_32x4d resnext101_32x8d resnext101_64x4d",
    "googlenet-torchvision squeezenet1_0 squeezenet1_1-torchvision alexnet vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn",
    "densenet121 densenet161 densenet169 densenet201 mobilenet_v3_small mobilenet_v3_large",
    " ".join(f"efficientnet_b{k}" for k in range(8)),
    "efficientnet_v2_s efficientnet_v2_m efficientnet_v2_l convnext_tiny convnext_small convnext_base convnext_large",
    "regnet_y_400mf regnet_y_800mf regnet_y_1_6gf regnet_y_3_2gf regnet_y_8gf regnet_y_16gf regnet_y_32gf",
    "regnet_x_400mf regnet_x_800mf regnet_x_1_6gf regnet_x_3_2gf regnet_x_8gf regnet_x_16gf regnet_x_32gf",
    "mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3 shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0",
    "vit_b_16 vit_b_32 vit_l_16 vit_l_32 swin_t swin_s swin_b",
]


def run(model, size, dtype, disturbance=0, images=2):
    model = model.to(dtype)
    x = fill("images", (2, 3, size, size), 12**0.5)[:images]
    if disturbance:
        x = x * (1 + 1e-6 * fill(f"disturbance{disturbance}", x.shape))
    x = x.to(dtype).requires_grad_()
    logits = model(x)
    logits[0, 7].backward()
    return logits.detach().double(), x.grad.double()


apart = lambda a, b: ((a - b).abs().max() / b.abs().max()).item()


def forward(name):
    maker, options = special.get(name, (name, {}))
    model = fill_network(getattr(nets, maker)(**options), gains.get(name, 1)).eval()
    size = 224 if name.startswith("vit") else 64
    # Sums that round to the other side of 0 before a ReLU make float32 scatter; a few runs show how far.
    singles = [run(model, size, torch.float32, disturbance) for disturbance in range(disturbances.get(name, 0) + 1)]
    logits, gradient = run(model, size, torch.float64)
    if name in disturbances:
        # Alone an image is summed in another order: in regnet_y_32gf that is what turns a ReLU over.
        alone = run(model, size, torch.float32, images=1)
        singles.append((torch.cat([alone[0], logits[1:]]), torch.cat([alone[1], gradient[1:]])))
    return {
        "net": name, "size": size, "gain": gains.get(name, 1),
        "logits": some(logits), "norm": logits.norm().item(), "gradient": some(gradient), "gradientNorm": gradient.norm().item(),
        "spread": [max(apart(one[0], logits) for one in singles), max(apart(one[1], gradient) for one in singles)],
    }


asked = sys.argv[1:]
known = {}
if asked and os.path.exists(target):
    known = {entry["net"]: entry for entry in json.load(open(target))["forward"]}
for name in asked or " ".join(names).split():
    known[name] = forward(name)
    print(name, known[name]["spread"], file=sys.stderr, flush=True)
    with open(target, "w") as file:
        json.dump({"torch": torch.__version__, "torchvision": torchvision.__version__, "forward": list(known.values())}, file)
