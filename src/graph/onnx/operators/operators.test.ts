/**
 * Every operator that can be imported: a model of one node, in an old or a new version of the standard, gives the same
 * through the graph language as the engine gives for the file. Operands that are known beforehand are folded here and
 * now; they must fold to what the engine computes.
 */
import { describe, expect, it, test } from 'vitest'
import {
  a,
  type Case,
  cases,
  feedsOf,
  fileOf,
  isKnown,
  named,
  numbers,
  words,
} from '../../../../test/operator-cases.ts'
import { createEngine } from '../../../runtime/engine.node.ts'
import { Graph, type Value } from '../../graph.ts'
import type { Tensor } from '../../tensor.ts'
import { decodeModel } from '../decode.ts'
import { layModel, weightsOf } from '../import.ts'
import { operators } from './index.ts'

const engine = await createEngine({ threads: 1 })
/** Of the standard operators, that the engine loads. */
const newestOpset = 26

async function throughTheFile(one: Case, bytes: Uint8Array) {
  const program = await engine.load(bytes)
  const results = await program.run(feedsOf(one))
  await program.dispose()
  return results
}

function imported(one: Case, bytes: Uint8Array) {
  const model = decodeModel(bytes, 'one.onnx')
  const graph = new Graph()
  const inputs = new Map<string, Value>(
    Object.entries(feedsOf(one)).map(([name, { shape, dtype }]) => [name, graph.input(name, shape, dtype)]),
  )
  const values = layModel(graph, model, inputs)
  const outputs = Object.fromEntries(
    Array.from({ length: one.outputs }, (_, index) => [`out${index}`, values.get(named(index))!]),
  )
  return { graph, outputs, parameters: weightsOf(model) }
}

function expectSame(got: Tensor, truth: Tensor): void {
  expect([got.dtype, ...got.shape]).toEqual([truth.dtype, ...truth.shape])
  const [ours, theirs] = [got, truth].map(({ data }) =>
    Array.from(data as ArrayLike<number | bigint>, Number),
  )
  ours.forEach((value, index) => {
    expect(Math.abs(value - theirs[index])).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(theirs[index])))
  })
}

/** Compared with what the engine made of the file. */
async function expectAgreement(one: Case, bytes: Uint8Array, truth: Record<string, Tensor>): Promise<void> {
  const request = imported(one, bytes)
  const allKnown = one.inputs.every(input => !input || isKnown(input))
  if (allKnown && one.op !== 'OneHot') {
    expectSame(request.graph.constantOf(request.outputs.out0)!, truth.y0)
    return
  }
  const program = await engine.compile(request)
  const results = await program.run(feedsOf(one))
  await program.dispose()
  for (let index = 0; index < one.outputs; index++) {
    expect(request.outputs[`out${index}`].shape).toEqual(truth[named(index)].shape)
    expectSame(results[`out${index}`], truth[named(index)])
  }
}

describe('an imported operator gives what the engine gives for the file', () => {
  it.each(cases.map(one => [words(one), one] as const))('%s', async (_, one) => {
    const bytes = fileOf(one)
    await expectAgreement(one, bytes, await throughTheFile(one, bytes))
  })
})

test('it does so in the newest version that the engine loads, in whatever form that version still has', async () => {
  const refused: string[] = []
  for (const one of cases.map(old => ({ ...old, opset: newestOpset }))) {
    const bytes = fileOf(one)
    const truth = await throughTheFile(one, bytes).catch(() => undefined)
    if (truth) await expectAgreement(one, bytes, truth)
    else refused.push(one.op)
  }
  // Axes and lists that were attributes, scales of groups, names that were given up; it lacks kernels for Swish and
  // GlobalLpPool.
  expect([...new Set(refused)].sort().join(' ')).toBe(
    'Clip Dropout GlobalLpPool GridSample GroupNormalization Pad ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ' +
      'ReduceProd ReduceSum ReduceSumSquare Resize Slice Split Squeeze Swish TopK Unsqueeze Upsample',
  )
  const next = fileOf({ ...a('Relu', [numbers(2, 5)]), opset: newestOpset + 1 })
  await expect(engine.load(next)).rejects.toThrow()
})

test('every operator of the table is among them', () => {
  const tried = new Set(cases.map(({ op }) => op))
  const untried = Object.keys(operators).filter(op => !tried.has(op))
  expect(untried, 'no case in test/operator-cases.ts for these').toEqual([])
  expect(Object.keys(operators).length).toBeGreaterThan(100)
})

const anyNumber = new Set('Concat Einsum Max Mean Min Sum'.split(' '))

describe('an operator with more operands than it takes is refused', () => {
  const crowded = cases
    .filter(({ op }) => op in operators && !anyNumber.has(op))
    .map(one => ({ ...one, inputs: [...one.inputs, ...Array(10).fill(numbers(2))] }))
  it.each(crowded.map(one => [words(one), one] as const))('%s', async (_, one) => {
    await expect(engine.load(fileOf(one))).rejects.toThrow()
    expect(() => imported(one, fileOf(one))).toThrow(/it takes \d operands?, and not \d+/)
  })
})
