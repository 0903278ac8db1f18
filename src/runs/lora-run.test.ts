/** A run that trains updates of low rank: its checkpoints hold the merged network, and it goes on with the same bytes. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { differing } from '../../test/differing.ts'
import { seedlings } from '../../test/seedlings.ts'
import { gate } from '../../test/thorough.ts'
import { isLora } from '../nets/lora.ts'
import { parameterSpecs } from '../nets/network.ts'
import { createContext } from '../runtime/context.node.ts'
import { readWeights } from '../weights/file.node.ts'
import { beginRun, continueRun } from './carry-out.node.ts'
import { readRecord } from './folder.node.ts'
import { openModel } from './open-model.node.ts'
import { trainOptions } from './train-options.ts'

const fixture = (name: string) => new URL(`../../test/fixtures/onnx/${name}.onnx`, import.meta.url).pathname
const place = mkdtempSync(join(tmpdir(), 'glasshouse-lora-'))
const optionsFor = (net: string) =>
  trainOptions.parse({
    net,
    size: 32,
    batch: 24,
    epochs: 2,
    lr: 0.05,
    lora: 2,
    loraAlpha: 4,
    augment: 'none',
  })

/** How many weights make queries and values, and what they are called. */
const networks = [
  { name: 'vit.onnx', net: fixture('vit'), weights: 2, attention: /^onnx::MatMul_/ },
  {
    name: 'attentions.onnx',
    net: fixture('attentions'),
    weights: 4,
    attention: /^onnx::MatMul_|qkv\.weight$/,
  },
  ...(gate
    ? [{ name: 'vit_tiny', net: 'vit_tiny_patch16_224', weights: 12, attention: /attn\.qkv\.weight$/ }]
    : []),
]

it.each(networks)(
  '$name: keeps merged weights, and ends with the same bytes where it was stopped',
  async ({ net, weights, attention }) => {
    const data = await seedlings()
    const options = optionsFor(net)
    const [calm, stopped] = ['calm', 'stopped'].map(name => join(place, basename(net), name))
    await beginRun(createContext({ threads: 1 }), data, options, calm)
    const stop = new AbortController()
    let steps = 0
    const context = createContext({
      threads: 1,
      signal: stop.signal,
      emit(event) {
        if (event.kind === 'progress' && event.stage.startsWith('epoch') && ++steps === 5)
          stop.abort(new Error('stopped by the test'))
      },
    })
    await expect(beginRun(context, data, options, stopped)).rejects.toThrow('stopped by the test')
    await continueRun(createContext({ threads: 1 }), stopped, { checkpointEvery: 60 })
    for (const name of readdirSync(join(calm, 'checkpoints'))) {
      const [one, other] = [calm, stopped].map(run => readFileSync(join(run, 'checkpoints', name)))
      expect(one.equals(other), name).toBe(true)
    }

    expect((await readRecord(calm)).training.lora).toEqual({ rank: 2, alpha: 4 })
    const at = (name: string) => readWeights(join(calm, 'checkpoints', `${name}.safetensors`))
    const [before, after, last] = [await at('epoch-0000'), await at('epoch-0002'), await at('last')]
    const { network } = await openModel(calm)
    expect([...after.keys()].sort()).toEqual([...parameterSpecs(network).keys()].sort())
    expect([...last.keys()].some(isLora)).toBe(true)
    // Of the merged network the joint weights of attention and the head have changed.
    const moved = differing(before, after)
    const [heads, others] = [
      moved.filter(name => /head\./.test(name)),
      moved.filter(name => !/head\./.test(name)),
    ]
    expect(heads).toHaveLength(2)
    expect(others).toHaveLength(weights)
    for (const name of others) expect(name).toMatch(attention)
  },
)
