/** The whole lens, on a little network before any training. */
import { expect, test, vi } from 'vitest'
import { expectWellFormed } from '../../../test/work-events.ts'
import type { Picture } from '../../base/picture.ts'
import { random } from '../../base/random.ts'
import type { WorkEvent } from '../../base/work.ts'
import { imagenetStatistics } from '../../data/store.ts'
import { serverDocument } from '../../figures/canvas.node.ts'
import { initialParameters, type Network, type NetworkPlan } from '../../nets/network.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { everyLayer, usualLayers } from './choices.ts'
import { draw } from './draw.ts'
import { noisePicture } from './image.ts'
import { options as dreamOptions } from './options.ts'
import { metrics, run } from './run.ts'

const plan: NetworkPlan = {
  net: 'small',
  head: { kind: 'classes', classes: ['maize', 'chickweed'] },
  preprocessing: { size: 32, resize: 36, ...imagenetStatistics },
}
const network: Network = { ...plan, parameters: initialParameters(plan, 0) }
const engine = await createEngine({ threads: 1 })
const photo = { path: 'folder/photo.png', picture: noisePicture(40, 24, random(0, 'photo')) }
const guide = noisePicture(50, 50, random(0, 'guide'))

async function look(options: object, image: typeof photo | 'noise' = photo) {
  const counted = { total: 0, done: 0 }
  const events: WorkEvent[] = []
  const result = await run(
    {
      engine,
      seed: 0,
      signal: new AbortController().signal,
      emit(event) {
        events.push(event)
        if (event.kind === 'progress') Object.assign(counted, { total: event.total, done: event.done })
      },
      picture: async path => ({ path, picture: guide }),
    },
    { model: { network, source: 'small' }, image: image === 'noise' ? undefined : image },
    dreamOptions.parse({ steps: 2, octaves: 2, octaveScale: 1.2, jitter: 3, ...options }),
  )
  const { layers } = metrics(result)
  const embed = async ({ width, height }: Picture) => `data:${width}x${height}`
  const drawing = await draw(result, { document: serverDocument(), embed })
  return { result, layers, drawing, counted, events }
}

test('stages from the second on, with the objective before each step of each octave', async () => {
  const { layers, drawing, counted, result } = await look({})
  expect(layers.map(({ layer }) => layer)).toEqual(['stage2', 'stage3', 'stage4'])
  for (const { objective } of layers) expect(objective).toHaveLength(4)
  expect(counted).toEqual({ total: 12, done: 12 })
  expect(Object.keys(drawing.pictures)).toEqual(['row', 'stage2', 'stage3', 'stage4'])
  expect(result.dreams[0].picture).toMatchObject({ width: 40, height: 24 })
  expect(drawing.pictures.row).toContain('photo.png')
})

test('while a dream grows it is shown, under the name that it will have, at a bounded rate', async () => {
  let time = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (time += 400))
  try {
    const { events, drawing } = await look({ layer: ['stage2'], octaves: 1, steps: 12 })
    expectWellFormed(events)
    const shown = events.flatMap(event => (event.kind === 'preview' ? [event.name] : []))
    expect(Object.keys(drawing.pictures)).toEqual(expect.arrayContaining(shown))
    expect(shown.length).toBeGreaterThan(1)
    expect(shown.length).toBeLessThan(6)
  } finally {
    clock.mockRestore()
  }
})

test('a network without stages has a usual row, too', () => {
  const usual = (net: string) =>
    usualLayers({ ...network, net, preprocessing: { ...plan.preprocessing, size: 224 } })
  expect(usual('googlenet')).toEqual(['inception_3b/output', 'inception_4e/output', 'inception_5b/output'])
  expect(usual('squeezenet1_1')).toHaveLength(3)
  expect(usual('cifar-resnet20')).toEqual(['stage2', 'stage3'])
})

test('the same seed gives the same images', async () => {
  const [one, two] = [await look({ layer: ['stage3'] }), await look({ layer: ['stage3'] })]
  expect(two.result.dreams).toEqual(one.result.dreams)
})

test('an image of the wanted size is taken as it is, others are resized to the longer side', async () => {
  const own = await look({ steps: 0, layer: ['stage2'] })
  expect(own.result.dreams[0].picture).toEqual(photo.picture)
  const half = await look({ steps: 0, layer: ['stage2'], size: 30 })
  expect(half.result.dreams[0].picture).toMatchObject({ width: 30, height: 18 })
})

test('noise is dreamed at the size of the network, and the same noise gives the same dream', async () => {
  const { result, drawing } = await look({ layer: ['stage2'] }, 'noise')
  expect(result.dreams[0].picture).toMatchObject({ width: 32, height: 32 })
  expect(drawing.pictures.row).not.toContain('original')
  expect((await look({ layer: ['stage2'] }, 'noise')).result).toEqual(result)
})

test('channels, units, logits, means and guides', async () => {
  const goal = async (options: object) =>
    (await look({ octaves: 1, ...options })).layers.map(({ goal }) => goal)
  expect(await goal({ layer: ['stage2'], channel: 3 })).toEqual(['stage2, channel 3'])
  expect(await goal({ layer: ['stage2'], channel: 3, at: [0, 1] })).toEqual(['stage2, channel 3 at 0,1'])
  expect(await goal({ class: 'Chickweed' })).toEqual(['logit of chickweed'])
  expect(await goal({ layer: ['stage2'], objective: 'mean' })).toEqual(['stage2, mean'])
  expect(await goal({ layer: ['stage2', 'stage3'], guide: 'guide.png' })).toEqual([
    'stage2, guided',
    'stage3, guided',
  ])
})

test('the Lucid way takes its steps at one size', async () => {
  const { layers, counted } = await look(
    { layer: ['stage2'], parameterisation: 'fourier', steps: 5 },
    'noise',
  )
  expect(layers[0].objective).toHaveLength(5)
  expect(counted).toEqual({ total: 5, done: 5 })
})

test('every layer with maps is dreamed of once, under its shortest name, on a sheet', async () => {
  const names = everyLayer(network)
  expect(names.slice(0, 3)).toEqual(['stem', 'stage1.unit1.branch', 'stage1.unit1.sum'])
  expect(names.at(-1)).toBe('stage4')
  expect(names).not.toContain('stage1.unit1.output')
  const { layers, drawing } = await look({ everyLayer: true, octaves: 1, steps: 1 })
  expect(layers.map(({ layer }) => layer)).toEqual(names)
  expect(drawing.pictures.sheet).toContain('stage2.unit1.shortcut')
})

test('the zoom is a film whose first frame is the dream, and plays on the page', async () => {
  const { result, drawing, counted } = await look({ layer: ['stage2'], zoomFilm: 3 })
  expect(result.frames).toHaveLength(4)
  expect(result.frames[0]).toEqual(result.dreams[0].picture)
  expect(drawing.films?.zoom).toMatchObject({ frames: 4 })
  expect(drawing.report.sections.map(({ title }) => title)).toContain('Falling in')
  expect(counted).toEqual({ total: 16, done: 16 })
})

test('a layer that cannot be dreamed is refused before the first step', async () => {
  await expect(look({ layer: ['stage9'] })).rejects.toThrow('no such layer')
  await expect(look({ layer: ['stage2'], channel: 9999 })).rejects.toThrow('a whole number below 64')
  await expect(look({ class: 'rose' })).rejects.toThrow('no such class')
  await expect(look({ layer: ['pool'], guide: 'guide.png' })).rejects.toThrow('no places')
  await expect(look({ layer: ['pool'], channel: 1, at: [0, 0] })).rejects.toThrow(
    'no places, only 256 numbers',
  )
  await expect(look({ size: 20 })).rejects.toThrow('sides of at least 16 pixels, got 20 x 12')
})
