import { expect, it } from 'vitest'
import { random } from '../base/random.ts'
import { Graph } from '../graph/graph.ts'
import { conv } from '../graph/ops/convolution.ts'
import { relu } from '../graph/ops/elementwise.ts'
import { reshape } from '../graph/ops/layout.ts'
import { matmul } from '../graph/ops/linear.ts'
import { float32, floats, sizeOf } from '../graph/tensor.ts'
import { createEngine } from './engine.node.ts'
import { divided } from './outside-weights.ts'

const shapes = { kernel: [4, 3, 3, 3], wide: [256, 40], narrow: [40, 5] }
const parameters = new Map(
  Object.entries(shapes).map(([name, shape]) => [
    name,
    float32(shape, random(1, name).normals(new Float32Array(sizeOf(shape)), 0.1)),
  ]),
)
const graph = new Graph()
const weight = (name: keyof typeof shapes) => graph.parameter(name, shapes[name])
const maps = relu(conv(graph.input('x', [1, 3, 8, 8]), weight('kernel'), { pads: 1 }))
const y = matmul(relu(matmul(reshape(maps, [1, 256]), weight('wide'))), weight('narrow'))
const request = { graph, outputs: { y }, parameters }

it('the largest weights stay outside a model until the others fit', () => {
  const outsideOf = (limit: number) => Object.keys(divided(request, limit).outside ?? {})
  expect(outsideOf(1e6)).toEqual([])
  expect(outsideOf(2000)).toEqual(['wide'])
  expect(outsideOf(500)).toEqual(['wide', 'narrow'])
  expect(outsideOf(0)).toEqual(['wide', 'narrow', 'kernel'])
  expect([...(divided(request, 2000).request.parameters?.keys() ?? [])]).toEqual(['kernel', 'narrow'])
})

it.each([0, 500, 2000])('a program with %i bytes of weights inside answers as one with all', async limit => {
  const x = float32([1, 3, 8, 8], random(2, 'x').normals(new Float32Array(192)))
  const answerOf = async (engine: Awaited<ReturnType<typeof createEngine>>) => {
    const program = await engine.compile(request)
    const results = await program.run({ x })
    await program.dispose()
    return floats(results.y)
  }
  const whole = await answerOf(await createEngine({ threads: 1 }))
  const part = await answerOf(await createEngine({ threads: 1, limit }))
  expect(Math.max(...whole.map(Math.abs))).toBeGreaterThan(0.01)
  part.forEach((value, at) => {
    expect(value).toBeCloseTo(whole[at], 5)
  })
})
