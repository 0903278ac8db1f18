/** What is written as safetensors loads in PyTorch, under torchvision's names, with the same outputs. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildNetwork } from '../src/nets/network.ts'
import { openModel } from '../src/runs/open-model.node.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { evaluate } from '../src/runtime/engine.ts'
import { glasshouse } from './command-line.ts'
import { fill } from './fill.ts'
import { thorough } from './thorough.ts'

const environment = { ...process.env, OMP_WAIT_POLICY: 'PASSIVE' }
const python = (thorough ? ['python3', '/usr/bin/python3'] : []).find(
  name => spawnSync(name, ['-c', 'import torch, torchvision'], { env: environment }).status === 0,
)

test.skipIf(!python)(
  'a converted ResNet loads strictly in torchvision, with the same logits (nightly, with torchvision)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'glasshouse-'))
    const file = join(folder, 'resnet18.safetensors')
    expect((await glasshouse('model', 'convert', 'resnet18', file, '--out', folder)).code).toBe(0)
    const oracle = join(import.meta.dirname, 'oracles', 'load_safetensors.py')
    const { stdout, stderr } = spawnSync(python!, [oracle, 'resnet18', file, '64'], {
      env: environment,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    const theirs: number[] = JSON.parse(stdout)
    const { network } = await openModel(`resnet18:${file}`)
    const { graph, output } = buildNetwork(network, { batch: 1, size: 64 })
    const { logits } = await evaluate(
      await createEngine({ threads: 1 }),
      { graph, outputs: { logits: output }, parameters: network.parameters },
      { images: fill('pictures', [1, 3, 64, 64], 2) },
    )
    const ours = logits.data as Float32Array
    const largest = Math.max(...theirs.map(Math.abs))
    expect(Math.max(...ours.map((value, i) => Math.abs(value - theirs[i]))) / largest).toBeLessThan(1e-5)
  },
  120_000,
)
