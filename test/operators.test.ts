/** Single operators and their gradients against PyTorch in float64: fixtures/operators.json. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { gradient } from '../src/graph/gradient.ts'
import { Graph, type Value } from '../src/graph/graph.ts'
import { conv, convTranspose } from '../src/graph/ops/convolution.ts'
import { batchNormTraining } from '../src/graph/ops/normalisation.ts'
import { averagePool, maxPool } from '../src/graph/ops/pooling.ts'
import { resize } from '../src/graph/ops/resize.ts'
import { l2Normalise, logSoftmax } from '../src/graph/ops/softmax.ts'
import type { Shape, Tensor } from '../src/graph/tensor.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { evaluate } from '../src/runtime/engine.ts'
import { fill } from './fill.ts'
import { expectSummary, type Summary } from './summary.ts'

interface Filling {
  name: string
  shape: Shape
  scale: number
  shift: number
  /** round down to multiples of 1 / levels */
  levels?: number
}

/** In PyTorch's words; each operator reads its own. */
interface Options {
  stride?: number | number[]
  padding?: number | number[]
  dilation?: number
  groups?: number
  output_padding?: number
  kernel_size: number
  ceil_mode?: boolean
  count_include_pad?: boolean
  eps: number
  size: [height: number, width: number]
  dim: number
}

interface OperatorCase {
  name: string
  op: keyof typeof builders
  options: Options
  inputs: Record<string, Filling>
  output: Summary
  gradients: Record<string, Summary>
}

type Build = (inputs: Record<string, Value>, options: Options) => Value

const pooling = (options: Options) => ({
  kernel: options.kernel_size,
  stride: options.stride,
  pads: options.padding,
  ceil: options.ceil_mode,
})

const builders = {
  conv: ({ x, weight, bias }, { stride, padding, dilation, groups }) =>
    conv(x, weight, { bias, stride, pads: padding, dilation, groups }),
  convTranspose: ({ x, weight }, { stride, padding, dilation, groups, output_padding: outputPadding }) =>
    convTranspose(x, weight, { stride, pads: padding, dilation, groups, outputPadding }),
  maxPool: ({ x }, options) => maxPool(x, pooling(options)),
  averagePool: ({ x }, options) =>
    averagePool(x, { ...pooling(options), countIncludePad: options.count_include_pad }),
  batchNorm: ({ x, weight, bias }, { eps }) => batchNormTraining(x, weight, bias, eps).output,
  resize: ({ x }, { size: [height, width] }) => resize(x, height, width, 'linear', 'half_pixel'),
  logSoftmax: ({ x }, { dim }) => logSoftmax(x, dim),
  l2Normalise: ({ x }, { dim }) => l2Normalise(x, dim),
} satisfies Record<string, Build>

const { cases }: { cases: OperatorCase[] } = JSON.parse(
  readFileSync(new URL('fixtures/operators.json', import.meta.url), 'utf8'),
)
const engine = await createEngine({ threads: 1 })

function filled({ name, shape, scale, shift, levels }: Filling): Tensor<'float32'> {
  const tensor = fill(name, shape, scale, shift)
  return levels ? { ...tensor, data: tensor.data.map(value => Math.floor(value * levels) / levels) } : tensor
}

describe('operators and their gradients agree with PyTorch', () => {
  test.each(cases)('$name', async ({ op, options, inputs, output, gradients }) => {
    const graph = new Graph()
    const names = Object.keys(inputs)
    const values = Object.fromEntries(names.map(name => [name, graph.input(name, inputs[name].shape)]))
    const build: Build = builders[op]
    const y = build(values, options)
    expect(y.shape).toEqual(output.shape)
    const slopes = gradient(y, Object.values(values), graph.constant(fill('slope', y.shape, 2)))
    const outputs: Record<string, Value> = { y }
    for (const [i, name] of names.entries()) outputs[`gradient of ${name}`] = slopes[i]
    const feeds = Object.fromEntries(names.map(name => [name, filled(inputs[name])]))
    const results = await evaluate(engine, { graph, outputs }, feeds)
    expectSummary(results.y, output, 1e-5, 'output')
    for (const name of names)
      expectSummary(results[`gradient of ${name}`], gradients[name], 1e-5, `gradient of ${name}`)
  })
})
