"""Pooled ResNet18 features of a folder of JPEG files, images per second from files to vectors: threads decode and
prepare pictures while the network computes."""
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
import torchvision
from PIL import Image
from timing import answer, memory_format, seconds_of, settings
from torchvision import transforms

batch = settings["batch"]
model = torchvision.models.resnet18().eval()
model.fc = torch.nn.Identity()
model = model.to(memory_format=memory_format)
prepare = transforms.Compose([
    transforms.Resize(settings["resize"]),
    transforms.CenterCrop(settings["size"]),
    transforms.ToTensor(),
    transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
])
files = sorted(Path(settings["folder"]).glob("*/*.jpg"))
decoders = ThreadPoolExecutor(settings["decoders"])


def read(path):
    with Image.open(path) as image:
        return prepare(image.convert("RGB"))


def embed():
    pictures = decoders.map(read, files)  # all are queued at once and come in order
    vectors = []
    for start in range(0, len(files), batch):
        images = torch.stack([next(pictures) for _ in range(min(batch, len(files) - start))])
        vectors.append(model(images.to(memory_format=memory_format)))
    return torch.cat(vectors)


with torch.no_grad():
    answer(len(files) / seconds_of(embed))
