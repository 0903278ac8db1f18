/** A run that trains updates of low rank: its checkpoints hold the merged network, and it goes on with the same bytes. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

const place = mkdtempSync(join(tmpdir(), 'glasshouse-lora-'))
const options = trainOptions.parse({
  net: 'vit_tiny_patch16_224',
  size: 32,
  batch: 24,
  epochs: 2,
  lr: 0.05,
  lora: 2,
  loraAlpha: 4,
  augment: 'none',
})

it.runIf(gate)('keeps merged weights, and ends with the same bytes where it was stopped', async () => {
  const data = await seedlings()
  const [calm, stopped] = [join(place, 'calm'), join(place, 'stopped')]
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
  expect(
    moved.filter(name => !name.startsWith('head.')).every(name => name.endsWith('attn.qkv.weight')),
  ).toBe(true)
  expect(moved.length).toBe(12 + 2)
})
