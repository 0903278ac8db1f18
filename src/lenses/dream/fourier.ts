/**
 * An image as the spectrum of decorrelated colours, as in Lucid (Olah, Mordvintsev and Schubert 2017). Steps in
 * these coordinates change coarse and fine structure, and all colours, at the same pace, where steps in pixels
 * favour fine noise. The spectrum s (2, 3, h, w / 2 + 1), real and imaginary parts, becomes an image by
 *   z = irfft2(s * scale) / 4,   scale = sqrt(w h) / max(frequency, 1 / max(w, h)),   pixels = 255 sigmoid(M z)
 * with frequencies in cycles per pixel. The transform is written as products with matrices of cosines and sines,
 * which the engine multiplies and our gradient passes.
 */
import { inverse, Matrix } from 'ml-matrix'
import type { Random } from '../../base/random.ts'
import { gradient } from '../../graph/gradient.ts'
import { Graph, type Value } from '../../graph/graph.ts'
import { add, div, mul, neg, sigmoid, sub } from '../../graph/ops/elementwise.ts'
import { concat, reshape, slice } from '../../graph/ops/layout.ts'
import { matmul } from '../../graph/ops/linear.ts'
import { float32, floats, sizeOf, type Tensor } from '../../graph/tensor.ts'
import { type Engine, evaluate, type Program } from '../../runtime/engine.ts'
import { biasCorrections, updateParameter } from '../../training/optimiser.ts'
import type { Image } from './image.ts'

/** Square root of the correlation of colours in ImageNet (red, green, blue by component), as Lucid gives it. */
const correlation = [
  [0.26, 0.09, 0.02],
  [0.27, 0, -0.05],
  [0.27, -0.09, 0.03],
]
const longest = Math.max(...[0, 1, 2].map(k => Math.hypot(...correlation.map(row => row[k]))))
const colours = correlation.map(row => row.map(value => value / longest))

/** Pixels this far from black and white are distinguishable from them by a sigmoid. */
const margin = 0.01
const adam = { name: 'adam', momentum: 0, nesterov: false, weightDecay: 0 } as const

/** An image that is kept as a spectrum and learns by Adam. */
export interface SpectralPicture {
  image(): Promise<Image>
  /** One step along the gradient by the pixels. */
  step(gradient: Float32Array, rate: number): Promise<void>
}

/** Makes images of one size that are kept as spectra; what is compiled serves all of them. */
export interface Spectra {
  /** starts from a photograph, or without one from a spectrum of noise */
  begin(start: Image | Random): Promise<SpectralPicture>
  dispose(): Promise<void>
}

type Size = Pick<Image, 'width' | 'height'>

export async function openSpectra(engine: Engine, { width, height }: Size): Promise<Spectra> {
  const shape = spectrumShape({ width, height })
  const zeros = () => float32(shape, new Float32Array(shape.reduce((a, b) => a * b)))
  const painter = await compilePainter(engine, { width, height })
  const learner = await compileLearner(engine, { width, height })
  return {
    async begin(start) {
      let state: Record<'spectrum' | 'mean' | 'square', Tensor> = {
        spectrum: 'data' in start ? await spectrumOf(engine, start) : noiseSpectrum(shape, start),
        mean: zeros(),
        square: zeros(),
      }
      let steps = 0
      return {
        async image() {
          const { pixels } = await painter.run({ spectrum: state.spectrum })
          return { width, height, data: floats(pixels) }
        },
        async step(byPixel, rate) {
          const [correction1, correction2] = biasCorrections(steps++)
          const scalar = (value: number) => float32([], [value])
          const next = await learner.run({
            ...state,
            gradient: float32([1, 3, height, width], byPixel),
            rate: scalar(rate),
            correction1: scalar(correction1),
            correction2: scalar(correction2),
          })
          state = { spectrum: next.nextSpectrum, mean: next.nextMean, square: next.nextSquare }
        },
      }
    },
    async dispose() {
      await painter.dispose()
      await learner.dispose()
    },
  }
}

const spectrumShape = ({ width, height }: Size): [number, number, number, number] => [
  2,
  3,
  height,
  Math.floor(width / 2) + 1,
]

const noiseSpectrum = (shape: readonly number[], stream: Random): Tensor<'float32'> =>
  float32(shape, stream.normals(new Float32Array(sizeOf(shape)), 0.01))

function compilePainter(engine: Engine, size: Size): Promise<Program<'pixels'>> {
  const graph = new Graph()
  const spectrum = graph.input('spectrum', spectrumShape(size))
  return engine.compile({ graph, outputs: { pixels: paint(spectrum, size) } })
}

function compileLearner(
  engine: Engine,
  size: Size,
): Promise<Program<'nextSpectrum' | 'nextMean' | 'nextSquare'>> {
  const graph = new Graph()
  const shape = spectrumShape(size)
  const spectrum = graph.input('spectrum', shape)
  const byPixel = graph.input('gradient', [1, 3, size.height, size.width])
  const [uphill] = gradient(paint(spectrum, size), [spectrum], byPixel)
  const state = { mean: graph.input('mean', shape), square: graph.input('square', shape) }
  const scalars = {
    rate: graph.input('rate', []),
    correction1: graph.input('correction1', []),
    correction2: graph.input('correction2', []),
  }
  const next = updateParameter(adam, spectrum, neg(uphill), state, scalars)
  return engine.compile({
    graph,
    outputs: { nextSpectrum: next.parameter, nextMean: next.state.mean, nextSquare: next.state.square },
  })
}

/** From the spectrum to pixels (1, 3, h, w) from 0 to 255. */
export function paint(spectrum: Value, size: Size): Value {
  const { graph } = spectrum
  const { width, height } = size
  const scaled = mul(spectrum, graph.constant(scales(size)))
  const part = (index: number) =>
    reshape(slice(scaled, [{ axis: 0, start: index, end: index + 1 }]), [3, height, spectrum.shape[3]])
  const z = div(inverseTransform(part(0), part(1), size), 4)
  const mixed = matmul(constant(graph, colours), reshape(z, [3, height * width]))
  return reshape(mul(sigmoid(mixed), 255), [1, 3, height, width])
}

/** The spectrum that an image is painted from; black and white come out a little grey. */
async function spectrumOf(engine: Engine, image: Image): Promise<Tensor<'float32'>> {
  const { width, height, data } = image
  const logits = data.map(value => {
    const share = Math.min(1 - margin, Math.max(margin, value / 255))
    return Math.log(share / (1 - share))
  })
  const graph = new Graph()
  const pixels = graph.input('logits', [3, height * width])
  const unmixed = matmul(constant(graph, inverse(new Matrix(colours)).to2DArray()), pixels)
  const parts = transform(mul(reshape(unmixed, [3, height, width]), 4), image)
  const shape = spectrumShape(image)
  const stacked = concat(
    parts.map(part => reshape(part, [1, ...shape.slice(1)])),
    0,
  )
  const spectrum = div(stacked, graph.constant(scales(image)))
  const result = await evaluate(
    engine,
    { graph, outputs: { spectrum } },
    { logits: float32([3, height * width], logits) },
  )
  return float32(result.spectrum.shape, floats(result.spectrum))
}

/** (h, w / 2 + 1): how much a coefficient of each frequency counts; one over the frequency, as in photographs. */
function scales({ width, height }: Size): Tensor<'float32'> {
  const columns = Math.floor(width / 2) + 1
  const lowest = 1 / Math.max(width, height)
  const data = Float32Array.from({ length: height * columns }, (_, i) => {
    const row = Math.floor(i / columns)
    const down = Math.min(row, height - row) / height
    return Math.sqrt(width * height) / Math.max(Math.hypot(down, (i % columns) / width), lowest)
  })
  return float32([height, columns], data)
}

/** NumPy's irfft2: (3, h, w / 2 + 1) real and imaginary -> (3, h, w). */
function inverseTransform(real: Value, imaginary: Value, { width, height }: Size): Value {
  const { graph } = real
  const [cosDown, sinDown] = waves(graph, height, height, height)
  // Columns but the first, and the last of an even width, stand for their mirror images too.
  const twice = (u: number) => (u === 0 || 2 * u === width ? 1 : 2) / (width * height)
  const [cosRight, sinRight] = waves(graph, real.shape[2], width, width, twice)
  const downReal = sub(matmul(cosDown, real), matmul(sinDown, imaginary))
  const downImaginary = add(matmul(sinDown, real), matmul(cosDown, imaginary))
  return sub(matmul(downReal, cosRight), matmul(downImaginary, sinRight))
}

/** NumPy's rfft2: (3, h, w) -> real and imaginary parts (3, h, w / 2 + 1). */
function transform(x: Value, { width, height }: Size): [Value, Value] {
  const { graph } = x
  const [cosDown, sinDown] = waves(graph, height, height, height)
  const [cosRight, sinRight] = waves(graph, width, Math.floor(width / 2) + 1, width)
  const real = matmul(x, cosRight)
  const minusImaginary = matmul(x, sinRight)
  return [
    sub(matmul(cosDown, real), matmul(sinDown, minusImaginary)),
    neg(add(matmul(cosDown, minusImaginary), matmul(sinDown, real))),
  ]
}

/** (rows, columns): cosine and sine of 2 pi row column / period, each row times its weight. */
function waves(
  graph: Graph,
  rows: number,
  columns: number,
  period: number,
  weight: (row: number) => number = () => 1,
): [Value, Value] {
  const wave = (curve: (angle: number) => number) =>
    graph.constant(
      float32(
        [rows, columns],
        Float32Array.from({ length: rows * columns }, (_, i) => {
          const [row, column] = [Math.floor(i / columns), i % columns]
          return weight(row) * curve((2 * Math.PI * ((row * column) % period)) / period)
        }),
      ),
    )
  return [wave(Math.cos), wave(Math.sin)]
}

const constant = (graph: Graph, rows: readonly (readonly number[])[]): Value =>
  graph.constant(float32([rows.length, rows[0].length], rows.flat()))
