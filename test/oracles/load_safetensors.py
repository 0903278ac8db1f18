"""Loads a safetensors file into a torchvision network and prints its logits for the picture of fill.py.

python3 test/oracles/load_safetensors.py NET FILE SIZE

Reads the format by hand (eight bytes of length, a JSON header, raw data), so that nothing but PyTorch is needed.
Loading is strict: every name and shape must be torchvision's.
"""
import json
import sys

import numpy as np
import torch
import torchvision

from fill import fill

net, path, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
content = open(path, 'rb').read()
length = int.from_bytes(content[:8], 'little')
header = json.loads(content[8 : 8 + length])
header.pop('__metadata__', None)
state = {}
for name, entry in header.items():
    assert entry['dtype'] == 'F32', name
    begin, end = entry['data_offsets']
    data = np.frombuffer(content, np.float32, (end - begin) // 4, 8 + length + begin)
    state[name] = torch.from_numpy(data.reshape(entry['shape']).copy())

torch.set_num_threads(1)
model = getattr(torchvision.models, net)(num_classes=state['fc.bias'].shape[0])
model.load_state_dict(state)
model.eval()
with torch.no_grad():
    images = fill('pictures', [1, 3, size, size], 2)
    print(json.dumps(model(torch.as_tensor(images, dtype=torch.float32)).flatten().tolist()))
