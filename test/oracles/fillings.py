"""Records a few tensors of fill.py, so that its twin test/fill.ts can be checked to the bit.
Versions: numpy 1.24.2. Run: python3 test/oracles/fillings.py > test/fixtures/fillings.json"""
import hashlib
import json

from fill import fill

cases = []
for name, shape, scale, shift in (
    ("images", (2, 3, 5, 7), 12**0.5, 0.0),
    ("conv1.weight", (64, 3, 7, 7), (24 / 147) ** 0.5, 0.0),
    ("layer4.1.bn2.running_var", (512,), 0.5, 1.0),
    ("Blätter", (4, 4), 1.0, 0.0),
    ("", (3,), 1.0, -0.5),
):
    tensor = fill(name, shape, scale, shift)
    cases.append({
        "name": name, "shape": shape, "scale": scale, "shift": shift,
        "first": tensor.flatten()[:4].double().tolist(),
        "sha256": hashlib.sha256(tensor.numpy().astype("<f4").tobytes()).hexdigest(),
    })
print(json.dumps({"cases": cases}, indent=1, ensure_ascii=False))
