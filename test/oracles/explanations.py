"""Records maps of a class by the formulas of the papers, as Captum and the authors have them, written down in PyTorch in
float64: integrated gradients (midpoint rule), SmoothGrad, occlusion, RISE, Grad-CAM, Grad-CAM++, Layer-CAM and Score-CAM,
on a ResNet20 for CIFAR-10 (He et al. 2015, option A) in evaluation mode. The noise of SmoothGrad and the masks of RISE are
drawn from the same streams as ours (random_stream.py, seed 0).

Image fill("explained", (1, 3, 32, 32), sqrt(12)), weights by fill.py, class 5. What is covered, and the start of the way,
is 0. Versions: PyTorch 1.13.0a0.
Run: python3 test/oracles/explanations.py > test/fixtures/explanations.json"""
import json

import torch
import torch.nn.functional as F
from torch import nn

from fill import fill, fill_network
from random_stream import Stream

torch.set_num_threads(2)


class Unit(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.stride = outputs // inputs
        self.conv1 = nn.Conv2d(inputs, outputs, 3, self.stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        added = (self.conv2.out_channels - x.shape[1]) // 2
        around = x if self.stride == 1 else F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, added, added))
        return F.relu(around + self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(*[Unit(16, 16) for _ in range(3)])
        self.layer2 = nn.Sequential(Unit(16, 32), Unit(32, 32), Unit(32, 32))
        self.layer3 = nn.Sequential(Unit(32, 64), Unit(64, 64), Unit(64, 64))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        maps = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(maps.mean((2, 3)))


model = fill_network(ResNet20()).double().eval()
image = fill("explained", (1, 3, 32, 32), 12**0.5).double()
chosen, size = 5, 32
plain = lambda map: [float(f"{value:.7g}") for value in map.detach().flatten().tolist()]


def logits_under(masks):
    with torch.no_grad():
        return model(image * masks[:, None])


def gradient_at(x):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(model(x)[0, chosen], x)[0]


with torch.no_grad():
    whole = model(image)[0, chosen]
    nothing = model(torch.zeros_like(image))[0, chosen]

# Sundararajan et al. 2017, equation 1
passes = 16
mean = sum(gradient_at((step + 0.5) / passes * image) for step in range(passes)) / passes
integrated = (image * mean).sum(1)[0]

# Smilkov et al. 2017, section 3, with noise of 15 % of the range; the colours' absolute values are added.
passes = 4
deviation = 0.15 * (image.max() - image.min())
mean = torch.zeros_like(image)
for step in range(passes):
    stream = Stream(0, "smooth-grad", step)
    noise = torch.tensor(stream.normals(image.numel())).double().reshape(image.shape)
    mean += gradient_at(image + deviation * noise) / passes
smooth = mean.abs().sum(1)[0]

# Zeiler and Fergus 2014: windows of 8 pixels, 4 apart
patch, masks = 8, torch.ones(49, size, size).double()
for row in range(7):
    for column in range(7):
        masks[7 * row + column, 4 * row : 4 * row + patch, 4 * column : 4 * column + patch] = 0
occlusion = whole - logits_under(masks)[:, chosen]

# Petsiuk et al. 2018, section 3.3 and equation 6, divided by the weights themselves: grids of 8 x 8, of which 7 x 7 cells
# and a random shift are seen
passes, cells, masks = 24, 7, []
for step in range(passes):
    stream = Stream(0, "rise", step)
    grid = torch.tensor([float(stream.uniform() < 0.5) for _ in range((cells + 1) ** 2)]).double().reshape(cells + 1, cells + 1)
    up, left = stream.uniform(), stream.uniform()
    at = lambda shift: torch.clamp(torch.arange(size).double() / (size / cells) + shift, max=cells)
    rows, columns = [2 * at(shift) / cells - 1 for shift in (up, left)]
    where = torch.stack([columns.expand(size, size), rows[:, None].expand(size, size)], -1)[None]
    masks.append(F.grid_sample(grid[None, None], where, align_corners=True, padding_mode="border")[0, 0])
masks = torch.stack(masks)
shares = logits_under(masks).softmax(1)[:, chosen]
rise = (shares[:, None, None] * masks).sum(0) / masks.sum(0)

# Gradients at the second stage, where they differ from place to place
maps = []
model.layer2.register_forward_hook(lambda module, inputs, output: maps.append(output))
logit = model(image)[0, chosen]
a = maps[-1]
g = torch.autograd.grad(logit, a)[0]
grad_cam = (g.mean((2, 3), keepdim=True) * a).sum(1).relu()[0]
layer_cam = (g.relu() * a).sum(1).relu()[0]
below = 2 * g**2 + g**3 * a.sum((2, 3), keepdim=True)
alpha = torch.where(below != 0, g**2 / below, torch.zeros_like(g))
plus = ((alpha * g.relu()).sum((2, 3), keepdim=True) * a).sum(1).relu()[0]

# Wang et al. 2020, equations 6 to 9. Cell (y, x) is centred on pixel (2 y, 2 x); beyond the last, it is repeated.
a = a.detach()
enlarged = F.pad(F.interpolate(a, (31, 31), mode="bilinear", align_corners=True), (0, 1, 0, 1), mode="replicate")[0]
low, high = enlarged.amin((1, 2), keepdim=True), enlarged.amax((1, 2), keepdim=True)
scaled = torch.where(high > low, (enlarged - low) / (high - low).clamp_min(1e-300), torch.zeros_like(enlarged))
weights = (logits_under(scaled)[:, chosen] - nothing).softmax(0)
score_cam = (weights[None, :, None, None] * a).sum(1).relu()[0]

print(json.dumps({
    "logit": float(whole),
    "integrated-gradients": plain(integrated[::2, ::2]), "smooth-grad": plain(smooth[::2, ::2]),
    "occlusion": plain(occlusion), "rise": plain(rise[::2, ::2]),
    "grad-cam": plain(grad_cam), "grad-cam++": plain(plus), "layer-cam": plain(layer_cam), "score-cam": plain(score_cam),
}))
