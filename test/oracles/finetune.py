"""Fine-tunes a pretrained network on photographs in PyTorch, with the recipe that `glasshouse train` follows, to compare
accuracy and time (docs/fine-tuning.md). Prints a line per epoch: loss, test accuracy, seconds of training so far.

    OMP_WAIT_POLICY=PASSIVE python3 finetune.py NET WEIGHTS.safetensors DATA [--epochs 8] [--size 112] [--rate 2e-4]
        [--head-rate 10] [--batch 32] [--freeze 0] [--seed 0] [--threads 2]

NET: googlenet (BVLC, Caffe's layers) or resnet50v2-trunk (the pre-activation ResNet-50 up to its third stage).
--freeze 1 leaves the trunk's stem and first stage as they are, their batch normalisations too.
DATA: a folder with labels.csv (path,label,split). Pictures are resized once to 7/6 of the size; random crop, both flips
and transpose; Adam, one-cycle rate, label smoothing 0.05. Versions: PyTorch 1.13, Pillow 9.4.
"""
import argparse
import csv
import json
import os
import random
import struct
import time

import numpy
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("net")
parser.add_argument("weights")
parser.add_argument("data")
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--size", type=int, default=112)
parser.add_argument("--rate", type=float, default=2e-4)
parser.add_argument("--head-rate", type=float, default=10)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--freeze", type=int, default=0)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()
torch.set_num_threads(args.threads)
torch.manual_seed(args.seed)
random.seed(args.seed)


def read_safetensors(path):
    kinds = {"F32": numpy.float32, "F16": numpy.float16, "I64": numpy.int64}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        body = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = numpy.frombuffer(body[begin:end], kinds[entry["dtype"]])
        tensors[name] = torch.tensor(flat.astype(numpy.float32).reshape(entry["shape"]))
    return tensors


class GoogLeNet(nn.Module):
    """BVLC GoogLeNet up to its pooled features; input RGB, so the first convolution is turned round."""
    plan = {
        "3a": (192, 64, 96, 128, 16, 32, 32), "3b": (256, 128, 128, 192, 32, 96, 64),
        "4a": (480, 192, 96, 208, 16, 48, 64), "4b": (512, 160, 112, 224, 24, 64, 64),
        "4c": (512, 128, 128, 256, 24, 64, 64), "4d": (512, 112, 144, 288, 32, 64, 64),
        "4e": (528, 256, 160, 320, 32, 128, 128), "5a": (832, 256, 160, 320, 32, 128, 128),
        "5b": (832, 384, 192, 384, 48, 128, 128),
    }
    width = 1024

    def __init__(self, weights):
        super().__init__()
        layers = {}

        def conv(name, channels, filters, kernel, stride=1):
            layers[name] = nn.Conv2d(channels, filters, kernel, stride, kernel // 2)

        conv("conv1/7x7_s2", 3, 64, 7, 2)
        conv("conv2/3x3_reduce", 64, 64, 1)
        conv("conv2/3x3", 64, 192, 3)
        for block, (x, one, r3, three, r5, five, pool) in self.plan.items():
            for part, channels, filters, kernel in (
                ("1x1", x, one, 1), ("3x3_reduce", x, r3, 1), ("3x3", r3, three, 3),
                ("5x5_reduce", x, r5, 1), ("5x5", r5, five, 5), ("pool_proj", x, pool, 1),
            ):
                conv(f"inception_{block}/{part}", channels, filters, kernel)
        for name, layer in layers.items():
            kernel = weights[f"{name}.weight"]
            layer.weight.data = kernel.flip(1) if name == "conv1/7x7_s2" else kernel
            layer.bias.data = weights[f"{name}.bias"]
        self.layers = nn.ModuleDict({name.replace("/", "_"): layer for name, layer in layers.items()})

    def conv(self, name, x):
        return F.relu(self.layers[name.replace("/", "_")](x))

    def forward(self, x):
        halve = lambda y: F.max_pool2d(y, 3, 2, ceil_mode=True)
        norm = lambda y: F.local_response_norm(y, 5, 1e-4, 0.75)
        y = norm(halve(self.conv("conv1/7x7_s2", x)))
        y = halve(norm(self.conv("conv2/3x3", self.conv("conv2/3x3_reduce", y))))
        for block in self.plan:
            at = lambda part, z: self.conv(f"inception_{block}/{part}", z)
            y = torch.cat([
                at("1x1", y), at("3x3", at("3x3_reduce", y)), at("5x5", at("5x5_reduce", y)),
                at("pool_proj", F.max_pool2d(y, 3, 1, 1)),
            ], 1)
            if block in ("3b", "4e"):
                y = halve(y)
        return y.mean((2, 3))


class ResNet50V2Trunk(nn.Module):
    """Stem and three stages, then a new normalisation: the published weights end there."""
    width = 1024

    def __init__(self, weights):
        super().__init__()
        self.weights = nn.ParameterDict()
        self.statistics = {}
        for name, tensor in weights.items():
            if name.startswith("stage4"):
                continue
            key = name.replace(".", "__")
            if "running" in name:
                self.statistics[key] = tensor
            else:
                self.weights[key] = nn.Parameter(tensor, requires_grad=not self.is_frozen(key))
        self.final = nn.BatchNorm2d(self.width)

    @staticmethod
    def is_frozen(key):
        stage = int(key[5]) if key.startswith("stage") else 0
        return args.freeze > 0 and stage <= args.freeze

    def norm(self, prefix, index, x):
        key = f"{prefix}batchnorm{index}_"
        training = self.training and not self.is_frozen(key)
        return F.batch_norm(x, self.statistics[key + "running_mean"], self.statistics[key + "running_var"],
                            self.weights[key + "gamma"], self.weights[key + "beta"], training, 0.1, 1e-5)

    def conv(self, prefix, index, x, stride=1):
        kernel = self.weights[f"{prefix}conv{index}_weight"]
        return F.conv2d(x, kernel, None, stride, kernel.shape[2] // 2)

    def forward(self, x):
        y = self.conv("", 0, self.norm("", 0, x), 2)
        y = F.max_pool2d(F.relu(self.norm("", 1, y)), 3, 2, 1)
        for stage, units in enumerate((3, 4, 6), 1):
            prefix = f"stage{stage}_"
            for unit in range(units):
                stride = 2 if unit == 0 and stage > 1 else 1
                place = 3 * unit + (1 if unit > 0 else 0)
                a = F.relu(self.norm(prefix, 3 * unit, y))
                z = self.conv(prefix, place, a)
                z = self.conv(prefix, place + 1, F.relu(self.norm(prefix, 3 * unit + 1, z)), stride)
                z = self.conv(prefix, place + 2, F.relu(self.norm(prefix, 3 * unit + 2, z)))
                y = z + (self.conv(prefix, 3, a, stride) if unit == 0 else y)
        return F.relu(self.final(y)).mean((2, 3))


trunk = {"googlenet": GoogLeNet, "resnet50v2-trunk": ResNet50V2Trunk}[args.net](read_safetensors(args.weights))
mean, deviation = {
    "googlenet": ((123 / 255, 117 / 255, 104 / 255), (1 / 255,) * 3),
    "resnet50v2-trunk": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}[args.net]
mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (mean, deviation))

stored = round(args.size * 7 / 6)
with open(os.path.join(args.data, "labels.csv")) as file:
    rows = list(csv.DictReader(file))
names = sorted({row["label"] for row in rows})


def read(row):
    picture = Image.open(os.path.join(args.data, row["path"])).convert("RGB").resize((stored, stored), Image.LANCZOS)
    return torch.from_numpy(numpy.array(picture)).permute(2, 0, 1)


splits = {}
for split in ("train", "test"):
    chosen = [row for row in rows if row["split"] == split]
    splits[split] = [read(row) for row in chosen], torch.tensor([names.index(row["label"]) for row in chosen])


def augmented(picture):
    left, top = random.randrange(stored - args.size + 1), random.randrange(stored - args.size + 1)
    window = picture[:, top:top + args.size, left:left + args.size]
    if random.random() < 0.5:
        window = window.flip(2)
    if random.random() < 0.5:
        window = window.flip(1)
    return window.transpose(1, 2) if random.random() < 0.5 else window


prepared = lambda windows: (torch.stack(windows).float() / 255 - mean) / deviation
head = nn.Linear(trunk.width, len(names))
model = nn.Sequential(trunk, head)
groups = [{"params": [p for p in trunk.parameters() if p.requires_grad], "lr": args.rate}, {"params": head.parameters(), "lr": args.rate * args.head_rate}]
optimiser = torch.optim.Adam(groups)
pictures, labels = splits["train"]
steps = len(pictures) // args.batch + (len(pictures) % args.batch > 0)
schedule = torch.optim.lr_scheduler.OneCycleLR(
    optimiser, [group["lr"] for group in groups], args.epochs * steps, cycle_momentum=False
)
seconds = 0.0
for epoch in range(1, args.epochs + 1):
    model.train()
    order = torch.randperm(len(pictures))
    total, started = 0.0, time.time()
    for step in range(steps):
        index = order[step * args.batch:(step + 1) * args.batch]
        # The last batch is filled up, so that all are of one size.
        index = torch.cat([index, order[:args.batch - len(index)]])
        loss = F.cross_entropy(model(prepared([augmented(pictures[i]) for i in index])), labels[index], label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        total += loss.item()
    seconds += time.time() - started
    model.eval()
    tests, truth = splits["test"]
    margin = (stored - args.size) // 2
    with torch.no_grad():
        right = sum(
            (model(prepared([p[:, margin:margin + args.size, margin:margin + args.size] for p in tests[at:at + 45]]))
             .argmax(1) == truth[at:at + 45]).sum().item()
            for at in range(0, len(tests), 45)
        )
    print(json.dumps({"epoch": epoch, "loss": round(total / steps, 4), "accuracy": round(right / len(tests), 4),
                      "seconds": round(seconds, 1)}), flush=True)
