"""Records the learning rate before each of 100 steps under PyTorch's schedules, base rate (or peak) 0.1.
Versions: PyTorch 1.13.0a0. Run: python3 test/oracles/schedules.py > test/fixtures/schedules.json"""
import json

import torch
from torch.optim import lr_scheduler as schedulers

from summary import number


def rates(make):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = make(optimiser)
    recorded = []
    for _ in range(100):
        recorded.append(number(optimiser.param_groups[0]["lr"]))
        optimiser.step()
        if len(recorded) < 100:
            schedule.step()
    return recorded


schedules = {
    # max_lr 0.1 over 100 steps; cosine, two phases, no cycling of momentum
    "one-cycle": lambda o: schedulers.OneCycleLR(o, max_lr=0.1, total_steps=100, cycle_momentum=False),
    "cosine": lambda o: schedulers.CosineAnnealingLR(o, T_max=100),
    # a tenth after half of the steps, a hundredth after three quarters
    "step": lambda o: schedulers.MultiStepLR(o, milestones=[50, 75]),
    "every 30 steps": lambda o: schedulers.StepLR(o, step_size=30),
}
print(json.dumps({name: rates(make) for name, make in schedules.items()}))
