/** A pretext training that was stopped goes on, and ends as one that was not. */
import { expect, test } from 'vitest'
import { gate } from '../../../test/thorough.ts'
import { random } from '../../base/random.ts'
import { createWork, type WorkEvent } from '../../base/work.ts'
import { imagenetStatistics, memoryStore } from '../../data/store.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import type { Kept } from '../lens.ts'
import { learn, type Method, type PretextSettings } from './pretext.node.ts'

const engine = await createEngine({ threads: 1 })
const stream = random(1, 'images')
const store = memoryStore(
  20,
  Uint8Array.from({ length: 24 * 20 * 20 * 3 }, () => stream.integer(256)),
)
const labels = Array.from({ length: store.count }, (_, index) => index % 3)
const settings: PretextSettings = {
  plan: { net: 'small', preprocessing: { size: 16, resize: 20, ...imagenetStatistics } },
  ...{ epochs: 2, steps: 1, batch: 8, rate: 0.05, clusters: 3, classes: 3, seed: 5 },
}

/** As a cache holds them: copies, which a later step cannot change. */
function keptInMemory(): Kept {
  const files = new Map<string, ReadonlyMap<string, Tensor>>()
  return {
    read: async name => files.get(name),
    async write(name, tensors) {
      files.set(name, structuredClone(tensors))
    },
  }
}

// Clusters are found again before each epoch: theirs is the course with most to resume.
const methods: Method[] = gate ? ['rotation', 'cluster', 'supervised'] : ['cluster']

test.each(methods)('%s: goes on after the last whole epoch, and ends with the same weights', async method => {
  const undisturbed = await learn(engine, { store, labels }, method, settings)
  const kept = keptInMemory()
  const stop = new AbortController()
  const stopping: Kept = {
    ...kept,
    async write(name, tensors) {
      await kept.write(name, tensors)
      stop.abort(new Error('stopped'))
    },
  }
  const stopped = learn(
    engine,
    { store, labels },
    method,
    settings,
    createWork({ signal: stop.signal }),
    stopping,
  )
  await expect(stopped).rejects.toThrow('stopped')

  const epochs: string[] = []
  const emit = (event: WorkEvent) => {
    if (event.kind === 'stage' && event.stage.startsWith('epoch')) epochs.push(event.stage)
  }
  const work = createWork({ emit })
  const resumed = await learn(engine, { store, labels }, method, settings, work, kept)
  expect(resumed).toEqual(undisturbed)
  expect(epochs).toEqual(['epoch 2/2'])
})
