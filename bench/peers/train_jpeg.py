"""Training of a ResNet18 from a folder of JPEG files, images per second over all epochs: worker processes decode, crop
and mirror while the network computes, as torchvision's reference does it."""
import torch
import torchvision
from timing import answer, memory_format, seconds_of, settings
from torchvision import transforms

prepare = transforms.Compose([
    transforms.Resize(settings["resize"]),
    transforms.RandomCrop(settings["size"]),
    transforms.RandomHorizontalFlip(),
    transforms.ToTensor(),
    transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
])
images = torchvision.datasets.ImageFolder(f"{settings['folder']}/train", prepare)


def train():
    loader = torch.utils.data.DataLoader(
        images,
        batch_size=settings["batch"],
        shuffle=True,
        num_workers=settings["decoders"],
        persistent_workers=True,
        drop_last=True,
    )
    model = torchvision.models.resnet18(num_classes=len(images.classes)).to(memory_format=memory_format)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for _ in range(settings["epochs"]):
        for batch, labels in loader:
            optimiser.zero_grad(set_to_none=True)
            answers = model(batch.to(memory_format=memory_format))
            torch.nn.functional.cross_entropy(answers, labels).backward()
            optimiser.step()


answer(len(images) * settings["epochs"] / seconds_of(train))
