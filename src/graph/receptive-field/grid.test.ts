/**
 * The walk against what it claims: with kernels of ones, the cells that a pixel reaches are symmetrical, so the
 * centroid of d cell / d image is the centre exactly, wherever the border is out of reach.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEngine } from '../../runtime/engine.node.ts'
import { evaluate } from '../../runtime/engine.ts'
import { gradient } from '../gradient.ts'
import { Graph, type Value } from '../graph.ts'
import { conv, convTranspose } from '../ops/convolution.ts'
import { add } from '../ops/elementwise.ts'
import { concat, pad, reshape, slice, transpose } from '../ops/layout.ts'
import { matmul } from '../ops/linear.ts'
import { averagePool } from '../ops/pooling.ts'
import { reduceMean, reduceSum } from '../ops/reduce.ts'
import { resize } from '../ops/resize.ts'
import { float32, sizeOf } from '../tensor.ts'
import { asMaps, type Cells, cellsOf } from './grid.ts'

const engine = await createEngine({ threads: 1 })
const side = 48

const ones = (x: Value, shape: readonly number[]) =>
  x.graph.constant(float32([...shape], new Float32Array(sizeOf(shape)).fill(1)))
const everyChannel = (x: Value, kernel: readonly number[]) => ones(x, [x.shape[1], x.shape[1], ...kernel])

type Step = { name: string; build: (x: Value) => Value }
const step = (name: string, build: Step['build']): Step => ({ name, build })

const convolution = fc
  .record({
    kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    stride: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    pads: fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 2 }))),
    dilation: fc.integer({ min: 1, max: 2 }),
  })
  .map(options =>
    step(`conv ${JSON.stringify(options)}`, x => conv(x, everyChannel(x, options.kernel), options)),
  )
const pooling = fc
  .record({
    kernel: fc.integer({ min: 2, max: 3 }),
    stride: fc.integer({ min: 1, max: 2 }),
    ceil: fc.boolean(),
  })
  .map(options => step(`pool ${JSON.stringify(options)}`, x => averagePool(x, options)))
const moves = fc.constantFrom(
  step('slice', x =>
    slice(x, [
      { axis: 2, start: 1, step: 2 },
      { axis: 3, start: 2 },
    ]),
  ),
  step('reverse', x => slice(x, [{ axis: 3, step: -1 }])),
  step('pad', x => pad(x, [0, 0, 1, 2], [0, 0, 2, 0])),
  step('half', x => resize(x, Math.floor(x.shape[2] / 2), Math.floor(x.shape[3] / 2))),
  step('residual', x => add(x, conv(x, everyChannel(x, [3, 3]), { pads: 1 }))),
  step('channels last', x => transpose(add(transpose(x, [0, 2, 3, 1]), 1), [0, 3, 1, 2])),
  step('space to depth', x => {
    const [n, c, h, w] = x.shape
    const even = slice(x, [
      { axis: 2, end: h - (h % 2) },
      { axis: 3, end: w - (w % 2) },
    ])
    const blocks = reshape(even, [n, c, Math.floor(h / 2), 2, Math.floor(w / 2), 2])
    return reshape(transpose(blocks, [0, 1, 3, 5, 2, 4]), [n, 4 * c, Math.floor(h / 2), Math.floor(w / 2)])
  }),
  step('four quarters', x => {
    const [, , h, w] = x.shape
    const at = (y: number, z: number) =>
      slice(x, [
        { axis: 2, start: y, end: h - (h % 2), step: 2 },
        { axis: 3, start: z, end: w - (w % 2), step: 2 },
      ])
    return concat([at(0, 0), at(1, 0), at(0, 1), at(1, 1)], 1)
  }),
  step('rows of tokens', x => {
    const [n, c, h, w] = x.shape
    const tokens = transpose(reshape(x, [n, c, h * w]), [0, 2, 1])
    const withClass = concat([ones(x, [n, 1, c]), tokens], 1)
    const mixed = matmul(withClass, ones(x, [c, c]))
    const own = slice(mixed, [{ axis: 1, start: 1 }])
    return reshape(transpose(own, [0, 2, 1]), [n, c, h, w])
  }),
  step('windows', x => {
    const [n, c, h, w] = x.shape
    if (h % 2 || w % 2) return x
    const windows = transpose(reshape(x, [n, c, h / 2, 2, w / 2, 2]), [0, 2, 4, 3, 5, 1])
    const flat = add(reshape(windows, [(n * h * w) / 4, 4, c]), 0.5)
    return reshape(transpose(reshape(flat, [n, h / 2, w / 2, 2, 2, c]), [0, 5, 1, 3, 2, 4]), [n, c, h, w])
  }),
)

const chains = fc.array(fc.oneof(convolution, pooling, moves), { minLength: 1, maxLength: 5 })

/** The steps that leave maps of some size. */
function built(steps: readonly Step[]): { images: Value; layer: Value; applied: string[] } {
  const images = new Graph().input('images', [1, 3, side, side])
  const applied: string[] = []
  let layer = images
  for (const { name, build } of steps) {
    if (Math.min(layer.shape[2], layer.shape[3]) < 10 || layer.shape[1] > 60) break
    layer = build(layer)
    applied.push(name)
  }
  return { images, layer, applied }
}

/** First and last pixel of the gradient of a cell, and its centroid, along one side. */
async function seen(images: Value, maps: Value, y: number, x: number) {
  const cell = slice(maps, [
    { axis: 2, start: y, end: y + 1 },
    { axis: 3, start: x, end: x + 1 },
  ])
  const [slope] = gradient(reduceSum(cell), [images])
  const feeds = { images: float32([1, 3, side, side], new Float32Array(3 * side * side)) }
  const { energy } = await evaluate(
    engine,
    { graph: images.graph, outputs: { energy: reduceSum(slope, [0, 1]) } },
    feeds,
  )
  const values = energy.data as Float32Array
  return [0, 1].map(axis => {
    let [mass, moment, first, last] = [0, 0, side, -1]
    values.forEach((value, at) => {
      if (value === 0) return
      const place = axis ? at % side : Math.floor(at / side)
      mass += value
      moment += value * place
      first = Math.min(first, place)
      last = Math.max(last, place)
    })
    return { centroid: moment / mass, inside: mass !== 0 && first > 0 && last < side - 1 }
  })
}

describe('the walk', () => {
  it('finds the centroid of the gradient of every cell that no border touches', async () => {
    let checked = 0
    await fc.assert(
      fc.asyncProperty(chains, async steps => {
        const { images, layer, applied } = built(steps)
        const cells = cellsOf(images, layer)
        expect(cells, applied.join(', ')).toBeDefined()
        const { grid, arrangement } = cells as Cells
        const maps = asMaps(layer, arrangement)
        const [y, x] = [grid.height >> 1, grid.width >> 1]
        const sides = await seen(images, maps, y, x)
        sides.forEach(({ centroid, inside }, axis) => {
          if (!inside) return
          checked++
          const painted = grid.centre[axis] + [y, x][axis] * grid.stride[axis]
          expect(Math.abs(centroid - painted), applied.join(', ')).toBeLessThan(1e-3)
        })
      }),
      { numRuns: 120, seed: 1 },
    )
    expect(checked).toBeGreaterThan(100)
  })

  it('finds the cells of a transposed convolution to half a cell: neighbours share what they see', async () => {
    for (const kernel of [2, 3, 4]) {
      const images = new Graph().input('images', [1, 3, side, side])
      const coarse = averagePool(images, { kernel: 4, stride: 4 })
      const layer = convTranspose(coarse, everyChannel(coarse, [kernel, kernel]), { stride: 2, pads: 1 })
      const { grid } = cellsOf(images, layer) as Cells
      for (const y of [8, 9]) {
        const [down] = await seen(images, layer, y, 8)
        expect(Math.abs(down.centroid - grid.centre[0] - y * grid.stride[0])).toBeLessThanOrEqual(1)
      }
    }
  })

  it('has no cells for a mean over the whole image, and none of its own for a vector', () => {
    const images = new Graph().input('images', [1, 3, side, side])
    const maps = conv(images, ones(images, [4, 3, 3, 3]))
    expect(cellsOf(images, reduceMean(maps, [2, 3]))).toBeUndefined()
    expect(cellsOf(images, reshape(maps, [1, -1]))).toBeUndefined()
  })

  it('loses places at operators that it does not know, and finds them again over a shortcut', () => {
    const images = new Graph().input('images', [1, 3, side, side])
    const [strange] = images.graph.node('Strange', [images], [{ shape: images.shape }], {
      domain: 'elsewhere',
    })
    expect(cellsOf(images, strange)).toBeUndefined()
    expect(cellsOf(images, add(strange, images))?.grid.stride).toEqual([1, 1])
  })

  it('is not settled where the branches of a sum look at different places', () => {
    const images = new Graph().input('images', [1, 3, side, side])
    const early = conv(images, ones(images, [4, 3, 1, 1]), { stride: 2 })
    const late = conv(images, ones(images, [4, 3, 3, 3]), { stride: 2, pads: [0, 0, 1, 1] })
    const cells = cellsOf(images, add(early, late))
    expect(cells?.grid.centre).toEqual([0.5, 0.5])
    expect(cells?.settled).toBe(false)
  })

  it('leaves the places of queries as they are when they attend to others', () => {
    const images = new Graph().input('images', [1, 3, side, side])
    const patches = conv(images, ones(images, [5, 3, 8, 8]), { stride: 8 })
    const tokens = transpose(reshape(patches, [1, 5, 36]), [0, 2, 1])
    const scores = matmul(tokens, transpose(tokens, [0, 2, 1]))
    const mixed = add(tokens, matmul(scores, tokens))
    expect(cellsOf(images, mixed)).toMatchObject({
      grid: { height: 6, width: 6, centre: [3.5, 3.5], stride: [8, 8] },
      settled: true,
    })
  })

  it('knows maps whose channels stand last, and tokens behind a class token', () => {
    const images = new Graph().input('images', [2, 3, side, side])
    const patches = conv(images, ones(images, [5, 3, 8, 8]), { stride: 8 })
    const last = transpose(patches, [0, 2, 3, 1])
    expect(cellsOf(images, last)?.arrangement).toEqual({ kind: 'maps', rows: 1, columns: 2 })
    const tokens = concat([ones(images, [2, 1, 5]), reshape(last, [2, 36, 5])], 1)
    const cells = cellsOf(images, tokens) as Cells
    expect(cells.grid).toEqual({ height: 6, width: 6, centre: [3.5, 3.5], stride: [8, 8] })
    expect(asMaps(tokens, cells.arrangement).shape).toEqual([2, 5, 6, 6])
  })
})
