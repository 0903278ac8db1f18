/** The sheet of channels: a dream is what the dream lens makes of the same channel, and a run that was stopped goes on. */
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lensCases } from '../../../test/lens-cases.ts'
import { gate } from '../../../test/thorough.ts'
import type { Picture } from '../../base/picture.ts'
import { random } from '../../base/random.ts'
import type { WorkEvent } from '../../base/work.ts'
import { imagenetStatistics } from '../../data/store.ts'
import { initialParameters, type Network, type NetworkPlan } from '../../nets/network.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { gradientsOf } from '../dream/gradients.ts'
import { imageOf, noisePicture } from '../dream/image.ts'
import { channel } from '../dream/objectives.ts'
import { options as dreamOptions } from '../dream/options.ts'
import { run as dream } from '../dream/run.ts'
import { openKept } from '../kept.node.ts'
import type { DataInput, LensContext } from '../lens.ts'
import { dreamName } from './dreams.ts'
import { channelGradients, inStep } from './in-step.ts'
import { type ChannelsOptions, options as channelsOptions } from './options.ts'
import { run } from './run.ts'
import { channelsIn } from './which.ts'

const engine = await createEngine({ threads: 1 })
const networkNamed = (net: string): Network => {
  const plan: NetworkPlan = {
    net,
    head: { kind: 'classes', classes: ['maize', 'chickweed', 'wheat'] },
    preprocessing: { size: 32, resize: 32, ...imagenetStatistics },
  }
  return { ...plan, parameters: initialParameters(plan, 0) }
}
const network = networkNamed('small')
const model = { network, source: 'small' }

const contextOf = (more: Partial<LensContext> = {}): LensContext => ({
  engine,
  seed: 3,
  signal: new AbortController().signal,
  emit: () => {},
  picture: () => Promise.reject(new Error('no images')),
  ...more,
})
const asked = (given: object): ChannelsOptions => channelsOptions.parse({ steps: 20, size: 32, ...given })
/** Mean difference of a value, of 255. */
const differenceOf = (a: Picture, b: Picture) =>
  a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0) / a.data.length

describe.each(['fourier', 'pixels'] as const)('by %s', parameterisation => {
  test('a channel comes out as the dream lens draws it', async () => {
    // Past the steps in which silent units are passed.
    const steps = parameterisation === 'fourier' ? 20 : 3
    const options = { layer: 'stage2', steps, size: 48, parameterisation }
    const { channels } = await run(
      contextOf(),
      { model, data: undefined },
      asked({ ...options, channels: '1,5,6', batch: 2 }),
    )
    for (const { channel: index, dream: drawn, objective } of channels) {
      const { dreams } = await dream(
        contextOf(),
        { model, image: undefined },
        dreamOptions.parse({ ...options, layer: ['stage2'], channel: index }),
      )
      expect(differenceOf(drawn, dreams[0].picture)).toBeLessThan(0.5)
      expect(objective / dreams[0].octaves.at(-1)!.objective.at(-1)!).toBeCloseTo(1, 2)
    }
  })
})

test.each([
  ['small', 'stage2'],
  ['small', 'logits'],
])('gradients at a batch of images are those at each alone: %s %s', async (net, layer) => {
  const chosen = networkNamed(net)
  const images = ['a', 'b', 'c'].map(name => imageOf(noisePicture(32, 32, random(0, name))))
  const which = [2, 0, 2]
  const together = channelGradients(engine, chosen, layer, 3)
  const found = await together.at(images, which)
  for (const [index, image] of images.entries()) {
    const alone = await gradientsOf(engine, chosen, channel(layer, which[index])).at(image)
    expect(found[index].objective).toBeCloseTo(alone.objective, 4)
    const scale = Math.max(...alone.gradient.map(Math.abs))
    const worst = Math.max(...alone.gradient.map((value, i) => Math.abs(value - found[index].gradient[i])))
    expect(worst / scale).toBeLessThan(1e-4)
  }
  await together.dispose()
})

test('where one of several ascents fails, all of them end with its error', async () => {
  const fault = new Error('this one')
  const image = imageOf(noisePicture(4, 4, random(0, 'x')))
  const answers = async (images: readonly object[]) =>
    images.map(() => ({ objective: 0, gradient: new Float32Array(48) }))
  let steps = 0
  const all = inStep(3, [answers], async ([gradients], index) => {
    for (let step = 0; step < 5; step++) {
      await gradients.at(image)
      steps++
      if (index === 1 && step === 1) throw fault
    }
  })
  await expect(all).rejects.toBe(fault)
  expect(steps).toBeLessThan(3 * 3)
})

test.runIf(gate)(
  'a run that was stopped goes on where it was, and ends with the bytes of one that was not',
  async () => {
    process.env.GLASSHOUSE_CACHE = join(tmpdir(), `glasshouse-channels-${process.pid}`)
    const options = asked({ layer: 'stage2', channels: '0-3', batch: 2, steps: 3 })
    const inputs = { model, data: lensCases.of.channels.inputs.data as unknown as DataInput }
    const whole = await run(contextOf(), inputs, options)
    const keep: LensContext['keep'] = (net, what) => openKept(contextOf(), engine, net, what)

    const stop = new AbortController()
    let steps = 0
    const emit = (event: WorkEvent) => {
      // In the midst of the second batch.
      if (event.kind === 'progress' && event.stage === 'steps' && ++steps === 9) stop.abort()
    }
    await expect(run(contextOf({ keep, signal: stop.signal, emit }), inputs, options)).rejects.toThrow(
      /abort/,
    )
    const events: WorkEvent[] = []
    const resumed = await run(contextOf({ keep, emit: event => events.push(event) }), inputs, options)
    expect(resumed).toEqual(whole)
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'stage', stage: 'steps', total: 12, from: 6 }),
    )

    const before = steps
    expect(await run(contextOf({ keep, emit }), inputs, options)).toEqual(whole)
    expect(steps).toBe(before)

    // Another seed is other work.
    const other = await run(contextOf({ keep, seed: 4 }), inputs, options)
    expect(differenceOf(other.channels[0].dream, whole.channels[0].dream)).toBeGreaterThan(1)
    await rm(process.env.GLASSHOUSE_CACHE, { recursive: true })
  },
)

test('damaged tensors that were kept are made again', async () => {
  process.env.GLASSHOUSE_CACHE = join(tmpdir(), `glasshouse-kept-${process.pid}`)
  const { readdir, readFile, writeFile } = await import('node:fs/promises')
  const kept = await openKept(contextOf(), engine, network, { work: 1 })
  const tensors = new Map([['x', { dtype: 'float32', shape: [3], data: Float32Array.of(1, 2, 3) } as const]])
  await kept.write(dreamName(7), tensors)
  expect((await kept.read(dreamName(7)))?.get('x')).toEqual(tensors.get('x'))
  expect(await (await openKept(contextOf(), engine, network, { work: 2 })).read(dreamName(7))).toBeUndefined()
  const folder = join(process.env.GLASSHOUSE_CACHE, 'lenses')
  for (const file of await readdir(folder, { recursive: true })) {
    if (!file.endsWith('.safetensors')) continue
    const bytes = await readFile(join(folder, file))
    bytes[bytes.length - 1] ^= 1
    await writeFile(join(folder, file), bytes)
  }
  expect(await kept.read(dreamName(7))).toBeUndefined()
  await rm(process.env.GLASSHOUSE_CACHE, { recursive: true })
})

test('images are in the order of the channel, by its largest place', async () => {
  const inputs = { model, data: lensCases.of.channels.inputs.data as unknown as DataInput }
  const { channels, images } = await run(
    contextOf(),
    inputs,
    asked({ layer: 'stage2', channels: '4', top: 16, steps: 1 }),
  )
  const values = channels[0].top.map(({ value }) => value)
  expect(images).toBe(8)
  expect(values).toHaveLength(8)
  expect(values).toEqual(values.toSorted((a, b) => b - a))
  expect(new Set(channels[0].top.map(({ path }) => path)).size).toBe(8)
  const mean = await run(
    contextOf(),
    inputs,
    asked({ layer: 'stage2', channels: '4', top: 16, steps: 1, by: 'mean' }),
  )
  const meanOf = new Map(mean.channels[0].top.map(({ path, value }) => [path, value]))
  for (const { path, value } of channels[0].top) expect(value).toBeGreaterThan(meanOf.get(path)!)
})

describe('which channels', () => {
  test('numbers and ranges, ascending, each once', () => {
    expect(channelsIn('5, 0-2,1', 8, 'x')).toEqual([0, 1, 2, 5])
    expect(channelsIn(undefined, 3, 'x')).toEqual([0, 1, 2])
  })
  test.each(['8', '0-8', '3-1', '', 'a', '-1', '1.5'])('%j is refused', list => {
    expect(() => channelsIn(list, 8, 'x')).toThrow(expect.objectContaining({ code: 'unknown-channel' }))
  })
})
