"""The networks of the benchmarks, as PyTorch has them, by the names that glasshouse gives them."""
import torchvision
from torchvision.models.vision_transformer import VisionTransformer

makers = {
    "googlenet-torchvision": lambda: torchvision.models.googlenet(aux_logits=False, init_weights=False),
    # Of the size that timm and DINO call small; torchvision has none.
    "vit_small_patch16_224": lambda: VisionTransformer(
        image_size=224, patch_size=16, num_layers=12, num_heads=6, hidden_dim=384, mlp_dim=1536
    ),
}


def network_named(name):
    return makers[name]() if name in makers else getattr(torchvision.models, name)()
