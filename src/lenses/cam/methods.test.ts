/** What must hold of each method, whatever the network: axioms, and formulas computed once more from gradients. */
import { describe, expect, test } from 'vitest'
import { gate } from '../../../test/thorough.ts'
import { random } from '../../base/random.ts'
import { imagenetStatistics } from '../../data/store.ts'
import { gradient } from '../../graph/gradient.ts'
import { slice } from '../../graph/ops/layout.ts'
import { reduceSum } from '../../graph/ops/reduce.ts'
import { float32, floats } from '../../graph/tensor.ts'
import { probabilities } from '../../models/classification.ts'
import {
  buildNetwork,
  initialParameters,
  layerNamed,
  type Network,
  type NetworkPlan,
} from '../../nets/network.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { channelMask, patchGrid, patchMask, riseMask, scoreWeighted, weightedByMasks } from './cover-maps.ts'
import { openMapper } from './mapper.ts'
import { type MapMethod, mapMethods } from './methods.ts'

const size = 32
const plan: NetworkPlan = {
  net: 'cifar-resnet20',
  head: { kind: 'classes', classes: ['a', 'b', 'c', 'd'] },
  preprocessing: { size, resize: size, ...imagenetStatistics },
}
/** With biases of their own, without which a network of ReLUs is linear along every ray from the mean colour. */
const network: Network = {
  ...plan,
  parameters: new Map(
    [...initialParameters(plan, 1)].map(([name, tensor]) => {
      if (!name.endsWith('bias')) return [name, tensor]
      const { normal } = random(2, name)
      return [
        name,
        float32(
          tensor.shape,
          floats(tensor).map(() => 0.3 * normal()),
        ),
      ]
    }),
  ),
}
const engine = await createEngine({ threads: 1 })
const tools = { engine, seed: 5, signal: new AbortController().signal }
const { normal } = random(3, 'image')
const image = Float32Array.from({ length: 3 * size * size }, () => normal())

async function mapBy(
  method: MapMethod,
  more: { layer?: string; passes?: number; patch?: number } = {},
  classIndex = 2,
) {
  const mapper = await openMapper(tools, network, { method, classes: 1, ...more }, 1)
  const [{ maps }] = await mapper.maps(image, [[classIndex]])
  await mapper.dispose()
  return { ...maps[0], grid: mapper.grid }
}

async function logitsOf(input: Float32Array): Promise<Float32Array> {
  const built = buildNetwork(network, { batch: 1 })
  const program = await engine.compile({
    graph: built.graph,
    outputs: { logits: built.output },
    parameters: network.parameters,
  })
  const { logits } = await program.run({ images: float32([1, 3, size, size], input) })
  await program.dispose()
  return floats(logits).slice()
}

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0)

// Roll-out is for transformers; see rollout.test.ts.
const ofConvolutions = mapMethods.filter(method => method !== 'attention-rollout')

test.each(ofConvolutions)('%s says where its cells look, and of which class', async method => {
  const { map, grid, classIndex, logit } = await mapBy(
    method,
    /rise|grad|integrated/.test(method) && !/cam/.test(method) ? { passes: 4 } : {},
  )
  expect(map).toHaveLength(grid.height * grid.width)
  expect(map.every(Number.isFinite)).toBe(true)
  expect(Math.max(...map)).toBeGreaterThan(Math.min(...map))
  expect(classIndex).toBe(2)
  expect(logit).toBeCloseTo((await logitsOf(image))[2], 4)
})

describe('integrated gradients', () => {
  test.runIf(gate)(
    'sum to what the logit gains over the mean colour, the better the more passes',
    async () => {
      const gain = (await logitsOf(image))[2] - (await logitsOf(new Float32Array(image.length)))[2]
      const error = async (passes: number) =>
        Math.abs(sum((await mapBy('integrated-gradients', { passes })).map) - gain)
      const [coarse, fine] = [await error(4), await error(256)]
      expect(fine).toBeLessThan(0.01 * Math.abs(gain))
      expect(fine).toBeLessThan(coarse)
    },
  )

  test('are zero where the image has the mean colour', async () => {
    const half = image.map((value, at) => (at % size < size / 2 ? 0 : value))
    const mapper = await openMapper(
      tools,
      network,
      { method: 'integrated-gradients', passes: 4, classes: 1 },
      1,
    )
    const [{ maps }] = await mapper.maps(half, [[0]])
    await mapper.dispose()
    expect(maps[0].map.every((value, at) => at % size >= size / 2 || value === 0)).toBe(true)
    expect(maps[0].map.some(value => value !== 0)).toBe(true)
  })
})

describe('layer methods, from the gradients of the layer', () => {
  async function parts(layer: string, classIndex: number) {
    const built = buildNetwork(network, { batch: 1 })
    const value = layerNamed(built, layer)
    const [slope] = gradient(
      reduceSum(slice(built.output, [{ axis: 1, start: classIndex, end: classIndex + 1 }])),
      [value],
    )
    const program = await engine.compile({
      graph: built.graph,
      outputs: { value, slope },
      parameters: network.parameters,
    })
    const result = await program.run({ images: float32([1, 3, size, size], image) })
    await program.dispose()
    const [, channels, height, width] = value.shape
    return {
      maps: floats(result.value).slice(),
      slope: floats(result.slope).slice(),
      channels,
      cells: height * width,
    }
  }

  const expectSame = (map: ArrayLike<number>, expected: readonly number[]) => {
    const largest = Math.max(...expected)
    expect(largest).toBeGreaterThan(0)
    expected.forEach((value, at) => {
      expect(Math.abs(map[at] - value)).toBeLessThan(1e-4 * largest)
    })
  }

  test.each(['stage2', 'stage3'])('Layer-CAM of %s', async layer => {
    const { maps, slope, channels, cells } = await parts(layer, 2)
    const expected = Array.from({ length: cells }, (_, cell) => {
      let total = 0
      for (let c = 0; c < channels; c++)
        total += Math.max(0, slope[c * cells + cell]) * maps[c * cells + cell]
      return Math.max(0, total)
    })
    expectSame((await mapBy('layer-cam', { layer })).map, expected)
  })

  test.each(['stage2', 'stage3'])('Grad-CAM++ of %s', async layer => {
    const { maps, slope, channels, cells } = await parts(layer, 2)
    const expected = new Array<number>(cells).fill(0)
    for (let c = 0; c < channels; c++) {
      const own = (values: Float32Array) => values.subarray(c * cells, (c + 1) * cells)
      const activity = sum(own(maps))
      let weight = 0
      for (const g of own(slope)) {
        const below = 2 * g ** 2 + g ** 3 * activity
        if (below !== 0) weight += (g ** 2 / below) * Math.max(0, g)
      }
      own(maps).forEach((value, cell) => {
        expected[cell] += weight * value
      })
    }
    expectSame(
      (await mapBy('grad-cam++', { layer })).map,
      expected.map(value => Math.max(0, value)),
    )
  })

  test('on the last maps of a pooled linear head Layer-CAM has the positive weights of the class alone', async () => {
    const { maps, slope, channels, cells } = await parts('stage3', 2)
    // The gradient is the same at all places there.
    for (let c = 0; c < channels; c++) expect(slope[c * cells]).toBeCloseTo(slope[(c + 1) * cells - 1], 7)
    const expected = Array.from({ length: cells }, (_, cell) =>
      sum(Array.from({ length: channels }, (_, c) => Math.max(0, slope[c * cells]) * maps[c * cells + cell])),
    )
    expectSame((await mapBy('layer-cam')).map, expected)
  })
})

describe('occlusion', () => {
  test('is what the logit loses under the patch of a cell', async () => {
    const { map, grid } = await mapBy('occlusion', { patch: 9 })
    const mask = new Float32Array(size * size)
    const whole = (await logitsOf(image))[2]
    for (const cell of [0, 5, grid.width * grid.height - 1]) {
      patchMask(grid, size, 9)(cell, mask)
      const covered = await logitsOf(image.map((value, at) => value * mask[at % (size * size)]))
      expect(map[cell]).toBeCloseTo(whole - covered[2], 4)
    }
  })

  test.each([
    [32, 4],
    [32, 9],
    [97, 12],
    [97, 97],
    [33, 1],
  ])('patches in %i pixels with side %i reach from border to border', (side, patch) => {
    const grid = patchGrid(side, patch)
    const mask = new Float32Array(side * side)
    const seen = new Uint8Array(side * side)
    for (let cell = 0; cell < grid.height * grid.width; cell++) {
      patchMask(grid, side, patch)(cell, mask)
      expect(mask.filter(value => value === 0)).toHaveLength(patch * patch)
      mask.forEach((value, at) => {
        if (value === 0) seen[at] = 1
      })
    }
    expect(seen.every(Boolean)).toBe(true)
  })
})

describe('RISE', () => {
  test('a network that answers the same to everything gives an even map', () => {
    const [map] = weightedByMasks([new Array(50).fill(0.3)], 50, size * size, riseMask(size, 1))
    for (const value of map) expect(value).toBeCloseTo(0.3, 6)
  })

  test('a network that looks at one place has its map there', () => {
    const write = riseMask(size, 1)
    const at = 10 * size + 21
    const mask = new Float32Array(size * size)
    const scores = Array.from({ length: 2000 }, (_, pass) => {
      write(pass, mask)
      return mask[at]
    })
    const [map] = weightedByMasks([scores], 2000, size * size, write)
    const best = map.indexOf(Math.max(...map))
    expect(Math.abs((best % size) - 21)).toBeLessThanOrEqual(2)
    expect(Math.abs(Math.floor(best / size) - 10)).toBeLessThanOrEqual(2)
  })

  test('each mask is made once, however many classes there are', () => {
    let made = 0
    const write = riseMask(size, 1)
    const counted = (pass: number, target: Float32Array) => {
      made++
      write(pass, target)
    }
    const lists = [0.1, 0.9].map(score => new Array(20).fill(score))
    const maps = weightedByMasks(lists, 20, size * size, counted)
    expect(made).toBe(20)
    expect(maps.map(([value]) => value.toFixed(5))).toEqual(['0.10000', '0.90000'])
  })

  test('half of each pixel is visible on average, wherever it lies', () => {
    const write = riseMask(size, 2)
    const mask = new Float32Array(size * size)
    const mean = new Float32Array(size * size)
    for (let pass = 0; pass < 2000; pass++) {
      write(pass, mask)
      for (let at = 0; at < mask.length; at++) mean[at] += mask[at] / 2000
    }
    for (const value of mean) expect(Math.abs(value - 0.5)).toBeLessThan(0.06)
  })

  test('weighs the probabilities of the class by the masks', async () => {
    const { map } = await mapBy('rise', { passes: 3 })
    const write = riseMask(size, tools.seed)
    const mask = new Float32Array(size * size)
    const scores: number[] = []
    for (let pass = 0; pass < 3; pass++) {
      write(pass, mask)
      scores.push(probabilities(await logitsOf(image.map((value, at) => value * mask[at % mask.length])))[2])
    }
    const [expected] = weightedByMasks([scores], 3, size * size, write)
    map.forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at], 5)
    })
  })
})

describe('Score-CAM', () => {
  test.runIf(gate)(
    'weighs each channel by what the class keeps when the image is seen through it',
    async () => {
      const { map, grid } = await mapBy('score-cam')
      const built = buildNetwork(network, { batch: 1 })
      const value = layerNamed(built, 'stage3')
      const program = await engine.compile({
        graph: built.graph,
        outputs: { value },
        parameters: network.parameters,
      })
      const maps = floats((await program.run({ images: float32([1, 3, size, size], image) })).value).slice()
      await program.dispose()
      const channels = value.shape[1]
      const nothing = (await logitsOf(new Float32Array(image.length)))[2]
      const mask = new Float32Array(size * size)
      const see = channelMask(maps, grid, size)
      const scores = new Float64Array(channels)
      for (let channel = 0; channel < channels; channel++) {
        see(channel, mask)
        scores[channel] =
          (await logitsOf(image.map((value, at) => value * mask[at % mask.length])))[2] - nothing
      }
      const expected = scoreWeighted(maps, scores)
      map.forEach((value, at) => {
        expect(value).toBeCloseTo(expected[at], 4)
      })
    },
  )
})
