/**
 * Which form of a convolution is faster from which size of map on, measured on the machine at hand: each form of a 3 x 3
 * convolution and of the gradient of its kernel, on the maps of a residual network, in turn, so that a machine that
 * changes its speed meanwhile treats both alike.
 */
import { medianOf } from '../base/statistics.ts'
import { inStage, type Work } from '../base/work.ts'
import { gradient } from '../graph/gradient.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { conv } from '../graph/ops/convolution.ts'
import { mul } from '../graph/ops/elementwise.ts'
import { reduceSum } from '../graph/ops/reduce.ts'
import type { Forms } from '../graph/passes/forms.ts'
import { float32, sizeOf } from '../graph/tensor.ts'
import type { Engine } from './engine.ts'

/** One size of map: milliseconds of all forms of both computations. */
export interface MeasuredMap {
  side: number
  channels: number
  convolution: { plain: number; folded: number; inBlocks: number }
  kernelGradient: { plain: number; byRows: number }
}

export interface Calibration {
  forms: Forms
  measured: MeasuredMap[]
}

/** The stages of a residual network at 224 pixels, and what is between them at other sizes. */
const maps = [
  { side: 7, channels: 512 },
  { side: 14, channels: 256 },
  { side: 20, channels: 192 },
  { side: 28, channels: 128 },
  { side: 40, channels: 96 },
  { side: 56, channels: 64 },
]
/** Images of a measured batch. */
export const batch = 16
const rounds = 5
/** Larger than any map. */
const never = 2 ** 31
const plain: Forms = { foldUpTo: 0, rowsFrom: never, blocksFrom: never }

/** Takes a few seconds. */
export function calibrate(engine: Engine, work: Work): Promise<Calibration> {
  return inStage(work, 'measuring', maps.length, async update => {
    const measured: MeasuredMap[] = []
    for (const { side, channels } of maps) {
      work.signal.throwIfAborted()
      const shapes = { x: [batch, channels, side, side], w: [channels, channels, 3, 3] }
      const [convolution, folded, inBlocks] = await inTurn(engine, shapes, convolved, [
        plain,
        { ...plain, foldUpTo: never },
        { ...plain, blocksFrom: 0 },
      ])
      const [kernelGradient, byRows] = await inTurn(engine, shapes, gradientOfKernel, [
        plain,
        { ...plain, rowsFrom: 0 },
      ])
      measured.push({
        side,
        channels,
        convolution: { plain: convolution, folded, inBlocks },
        kernelGradient: { plain: kernelGradient, byRows },
      })
      update(measured.length)
    }
    return { forms: formsFrom(measured), measured }
  })
}

type Inputs = Record<'x' | 'w', Value>

const convolved = ({ x, w }: Inputs): Value => conv(x, w, { pads: 1 })

/** Of the sum of the output weighed by the image itself, so that the gradient that comes back is no constant. */
function gradientOfKernel({ x, w }: Inputs): Value {
  const [slope] = gradient(reduceSum(mul(convolved({ x, w }), x)), [w])
  return slope
}

/** Milliseconds of one run of each form: the median of some, after one to warm up. */
async function inTurn(
  engine: Engine,
  shapes: Record<'x' | 'w', number[]>,
  build: (inputs: Inputs) => Value,
  forms: readonly Forms[],
): Promise<number[]> {
  const graph = new Graph()
  const output = build({ x: graph.input('x', shapes.x), w: graph.input('w', shapes.w) })
  const feeds = { x: filled(shapes.x), w: filled(shapes.w) }
  const programs = []
  try {
    for (const each of forms) programs.push(await engine.compile({ graph, outputs: { output }, forms: each }))
    const times: number[][] = forms.map(() => [])
    for (let round = 0; round <= rounds; round++)
      for (const [form, program] of programs.entries()) {
        const began = performance.now()
        await program.run(feeds)
        if (round > 0) times[form].push(performance.now() - began)
      }
    return times.map(medianOf)
  } finally {
    for (const program of programs) await program.dispose()
  }
}

/** Its time does not depend on the numbers, as long as they are neither zero nor tiny. */
const filled = (shape: readonly number[]) =>
  float32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, index) => Math.sin(index)),
  )

/** A form that is a little faster once is not reason enough. */
const gain = 0.97

/**
 * Folding holds up to the largest map up to which it always gains, rows from the smallest from which on they do. So do blocks,
 * which stand beside whatever else is best.
 */
export function formsFrom(measured: readonly MeasuredMap[]): Forms {
  const bySize = measured.toSorted((a, b) => a.side - b.side)
  const folds = bySize.map(({ convolution }) => convolution.folded < gain * convolution.plain)
  const rows = bySize.map(({ kernelGradient }) => kernelGradient.byRows < gain * kernelGradient.plain)
  const blocks = bySize.map(
    ({ convolution: { plain, folded, inBlocks } }) => inBlocks < gain * Math.min(plain, folded),
  )
  const firstUnfolded = folds.indexOf(false)
  const foldedMaps = firstUnfolded < 0 ? bySize.length : firstUnfolded
  const from = (gains: readonly boolean[], pixels: number) => {
    const lastWithout = gains.lastIndexOf(false)
    return lastWithout === bySize.length - 1 ? never : pixels * bySize[lastWithout + 1].side ** 2
  }
  return {
    foldUpTo: foldedMaps === 0 ? 0 : bySize[foldedMaps - 1].side ** 2,
    rowsFrom: from(rows, 1),
    blocksFrom: from(blocks, batch),
  }
}
