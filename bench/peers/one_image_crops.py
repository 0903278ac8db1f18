"""Crops of one image by the recipe of the one-image paper, composed of Pillow and torchvision, one after the other."""
import math

from PIL import Image
from timing import answer, seconds_of, settings
from torchvision import transforms
from torchvision.transforms import InterpolationMode

size, crops = settings["size"], settings["crops"]
image = Image.open(settings["image"]).convert("RGB")
larger = int(math.sqrt(2) * size)
recipe = transforms.Compose(
    [
        transforms.RandomCrop(int(0.5 * min(image.size))),
        transforms.RandomResizedCrop(larger, scale=(1 / 500, 1), interpolation=InterpolationMode.BICUBIC),
        transforms.RandomAffine(30, shear=30, interpolation=InterpolationMode.BILINEAR),
        transforms.CenterCrop(size),
        transforms.RandomApply([transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.5),
    ]
)


def work():
    for _ in range(crops):
        recipe(image)


answer(crops / seconds_of(work))
