"""Records vision transformers, written down here from their papers, in the layouts that they are published in: Hugging
Face's of ViT, DINOv2, CLIP and SigLIP, Meta's of DINOv2 with registers, OpenAI's of CLIP, timm's. Weights come from fill.py under the
layout's own names. Small ones in whole, DINOv2-small and ViT-B/16 at their real size.
Run: OMP_WAIT_POLICY=PASSIVE python3 test/oracles/vits.py > test/fixtures/vits.json"""
import json
import sys
import torch
from torch.nn import functional as F
from fill import fill, scale_of

torch.set_num_threads(1)
rounded = lambda t: [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]
some = lambda t: rounded(t.flatten()[:: max(1, t.numel() // 24)][:24])


class Weights:
    """Tensors by name, filled when they are first asked for, in float64."""

    def __init__(self):
        self.tensors = {}

    def __call__(self, name, *shape):
        if name not in self.tensors:
            self.tensors[name] = fill(name, shape, *scale_of(name, shape)).double()
        return self.tensors[name]


def norm(w, name, x, eps):
    d = x.shape[-1]
    mean = x.mean(-1, keepdim=True)
    return (x - mean) / ((x - mean) ** 2).mean(-1, keepdim=True).add(eps).sqrt() * w(f"{name}.weight", d) + w(f"{name}.bias", d)


def linear(w, name, x, out):
    return torch.einsum("...i,oi->...o", x, w(f"{name}.weight", out, x.shape[-1])) + w(f"{name}.bias", out)


def mix(q, k, v, heads):
    part = lambda t: t.reshape(*t.shape[:2], heads, -1)
    scores = torch.einsum("nihc,njhc->nhij", part(q), part(k)) / (q.shape[-1] // heads) ** 0.5
    weights = torch.exp(scores - scores.amax(-1, keepdim=True))
    weights = weights / weights.sum(-1, keepdim=True)
    return torch.einsum("nhij,njhc->nihc", weights, part(v)).reshape(q.shape)


activations = {
    "gelu": lambda x: 0.5 * x * (1 + torch.erf(x / 2**0.5)),
    "gelu-tanh": lambda x: 0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3))),
    "quick-gelu": lambda x: x / (1 + torch.exp(-1.702 * x)),
}


def separate(names):
    """Query, key and value as three linear layers."""
    return lambda w, block, x: [linear(w, f"{block}.{name}", x, x.shape[-1]) for name in names]


def fused(weight, bias):
    def qkv(w, block, x):
        d = x.shape[-1]
        return (torch.einsum("nti,oi->nto", x, w(f"{block}.{weight}", 3 * d, d)) + w(f"{block}.{bias}", 3 * d)).split(d, 2)
    return qkv


layouts = {
    "hf-vit": dict(
        token="vit.embeddings.cls_token", positions="vit.embeddings.position_embeddings", patches="vit.embeddings.patch_embeddings.projection",
        block="vit.encoder.layer.{}", norms=("layernorm_before", "layernorm_after"), qkv=separate([f"attention.attention.{part}" for part in ("query", "key", "value")]),
        projection="attention.output.dense", mlp=("intermediate.dense", "output.dense"), last="vit.layernorm", head="classifier",
    ),
    "hf-dinov2": dict(
        token="embeddings.cls_token", positions="embeddings.position_embeddings", patches="embeddings.patch_embeddings.projection",
        block="encoder.layer.{}", norms=("norm1", "norm2"), qkv=separate([f"attention.attention.{part}" for part in ("query", "key", "value")]),
        projection="attention.output.dense", mlp=("mlp.fc1", "mlp.fc2"), last="layernorm", scales="layer_scale{}.lambda1",
    ),
    "meta-dinov2": dict(
        token="cls_token", positions="pos_embed", patches="patch_embed.proj", registers="register_tokens",
        block="blocks.{}", norms=("norm1", "norm2"), qkv=fused("attn.qkv.weight", "attn.qkv.bias"),
        projection="attn.proj", mlp=("mlp.fc1", "mlp.fc2"), last="norm", scales="ls{}.gamma",
    ),
    "timm": dict(
        token="cls_token", positions="pos_embed", patches="patch_embed.proj",
        block="blocks.{}", norms=("norm1", "norm2"), qkv=fused("attn.qkv.weight", "attn.qkv.bias"),
        projection="attn.proj", mlp=("mlp.fc1", "mlp.fc2"), last="norm", head="head",
    ),
    "hf-clip": dict(
        token="vision_model.embeddings.class_embedding", positions="vision_model.embeddings.position_embedding.weight", patches="vision_model.embeddings.patch_embedding",
        block="vision_model.encoder.layers.{}", norms=("layer_norm1", "layer_norm2"), qkv=separate([f"self_attn.{part}_proj" for part in "qkv"]),
        projection="self_attn.out_proj", mlp=("mlp.fc1", "mlp.fc2"), first="vision_model.pre_layrnorm", last="vision_model.post_layernorm", shared="visual_projection.weight",
    ),
    "openai-clip": dict(
        token="visual.class_embedding", positions="visual.positional_embedding", patches="visual.conv1",
        block="visual.transformer.resblocks.{}", norms=("ln_1", "ln_2"), qkv=fused("attn.in_proj_weight", "attn.in_proj_bias"),
        projection="attn.out_proj", mlp=("mlp.c_fc", "mlp.c_proj"), first="visual.ln_pre", last="visual.ln_post", transposed="visual.proj",
    ),
    "hf-siglip": dict(
        positions="vision_model.embeddings.position_embedding.weight", patches="vision_model.embeddings.patch_embedding",
        block="vision_model.encoder.layers.{}", norms=("layer_norm1", "layer_norm2"), qkv=separate([f"self_attn.{part}_proj" for part in "qkv"]),
        projection="self_attn.out_proj", mlp=("mlp.fc1", "mlp.fc2"), last="vision_model.post_layernorm", pool="vision_model.head",
    ),
}


def forward(w, x, layout, patch, grid, width, depth, heads, activation, eps, smooth=False, outputs=None):
    names, d = layouts[layout], width
    act = activations[activation]
    kernel = w(f"{names['patches']}.weight", d, 3, patch, patch)
    bias = None if "first" in names else w(f"{names['patches']}.bias", d)
    maps = F.conv2d(x, kernel, bias, stride=patch)
    n, _, height, breadth = maps.shape
    y = maps.flatten(2).transpose(1, 2)
    own = 1 if "token" in names else 0
    flat = layout in ("hf-clip", "hf-siglip", "openai-clip")
    table = w(names["positions"], *([] if flat else [1]), own + grid**2, d).reshape(own + grid**2, d)
    places = table[own:].reshape(1, grid, grid, d).permute(0, 3, 1, 2)
    if (height, breadth) != (grid, grid):
        places = F.interpolate(places, size=(height, breadth), mode="bicubic", align_corners=False, antialias=smooth)
    y = y + places.permute(0, 2, 3, 1).reshape(1, height * breadth, d)
    if own:
        token = w(names["token"], *([d] if flat else [1, 1, d])).reshape(1, 1, d) + table[:1]
        ahead = [token.expand(n, 1, d)]
        if "registers" in names:
            ahead.append(w(names["registers"], 1, 4, d).expand(n, 4, d))
        y = torch.cat([*ahead, y], 1)
    if "first" in names:
        y = norm(w, names["first"], y, eps)
    for index in range(depth):
        block = names["block"].format(index)
        scale = lambda part: w(f"{block}.{names['scales'].format(part)}", d) if "scales" in names else 1
        q, k, v = names["qkv"](w, block, norm(w, f"{block}.{names['norms'][0]}", y, eps))
        y = y + scale(1) * linear(w, f"{block}.{names['projection']}", mix(q, k, v, heads), d)
        wide = act(linear(w, f"{block}.{names['mlp'][0]}", norm(w, f"{block}.{names['norms'][1]}", y, eps), 4 * d))
        y = y + scale(2) * linear(w, f"{block}.{names['mlp'][1]}", wide, d)
    y = norm(w, names["last"], y, eps)
    if "pool" in names:
        head = names["pool"]
        probe = w(f"{head}.probe", 1, 1, d).expand(n, 1, d)
        weight, offset = w(f"{head}.attention.in_proj_weight", 3 * d, d), w(f"{head}.attention.in_proj_bias", 3 * d)
        q, k, v = (torch.einsum("nti,oi->nto", t, weight[i * d:(i + 1) * d]) + offset[i * d:(i + 1) * d] for i, t in enumerate((probe, y, y)))
        z = linear(w, f"{head}.attention.out_proj", mix(q, k, v, heads), d)
        wide = act(linear(w, f"{head}.mlp.fc1", norm(w, f"{head}.layernorm", z, eps), 4 * d))
        return (z + linear(w, f"{head}.mlp.fc2", wide, d))[:, 0]
    vector = y[:, 0]
    if "head" in names:
        return linear(w, names["head"], vector, outputs)
    if "shared" in names:
        return vector @ w(names["shared"], outputs, d).T
    if "transposed" in names:
        return vector @ w(names["transposed"], d, outputs)
    return vector


def record(layout, size, **plan):
    w = Weights()
    height, breadth = size
    x = fill("images", (2, 3, height, breadth), 12**0.5).double().requires_grad_()
    output = forward(w, x, layout, **plan)
    output[0, 7].backward()
    names = {name: list(tensor.shape) for name, tensor in w.tensors.items()}
    # One block says what all have.
    first, second = (layouts[layout]["block"].format(index) + "." for index in (0, 1))
    block = {name[len(first):]: shape for name, shape in names.items() if name.startswith(first)}
    pattern = layouts[layout]["block"]
    rest = {name: shape for name, shape in names.items() if not name.startswith(pattern.format(""))}
    print(layout, size, tuple(output.shape), file=sys.stderr, flush=True)
    return {
        "layout": layout, "size": size, "plan": plan, "names": rest, "block": block, "pattern": pattern,
        "output": some(output), "norm": output.norm().item(), "gradient": some(x.grad), "gradientNorm": x.grad.norm().item(),
    }


small = dict(patch=8, grid=4, width=48, depth=2, heads=4, activation="gelu", eps=1e-6)
print(json.dumps({
    "torch": torch.__version__,
    "small": [
        record("hf-vit", (32, 32), **small, outputs=10),
        record("timm", (32, 32), **small, outputs=10),
        record("hf-dinov2", (40, 24), **small),
        record("meta-dinov2", (24, 40), **small, smooth=True),
        record("hf-clip", (32, 32), **{**small, "activation": "quick-gelu", "eps": 1e-5}, outputs=64),
        record("openai-clip", (32, 32), **{**small, "activation": "quick-gelu", "eps": 1e-5}, outputs=64),
        record("hf-siglip", (32, 32), **{**small, "activation": "gelu-tanh"}),
    ],
    "whole": [
        {"net": net, **record(layout, (224, 224), **plan)} for net, layout, plan in [
            ("dinov2_small", "hf-dinov2", dict(patch=14, grid=37, width=384, depth=12, heads=6, activation="gelu", eps=1e-6)),
            ("dinov2_small_reg", "meta-dinov2", dict(patch=14, grid=37, width=384, depth=12, heads=6, activation="gelu", eps=1e-6, smooth=True)),
            ("vit_base_patch16_224", "timm", dict(patch=16, grid=14, width=768, depth=12, heads=12, activation="gelu", eps=1e-6, outputs=1000)),
            ("vit_base_patch16_224", "hf-vit", dict(patch=16, grid=14, width=768, depth=12, heads=12, activation="gelu", eps=1e-6, outputs=1000)),
            ("clip_vit_b_32", "hf-clip", dict(patch=32, grid=7, width=768, depth=12, heads=12, activation="quick-gelu", eps=1e-5, outputs=512)),
            ("siglip_base_patch16_224", "hf-siglip", dict(patch=16, grid=14, width=768, depth=12, heads=12, activation="gelu-tanh", eps=1e-6)),
        ]
    ],
}))
