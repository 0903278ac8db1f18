/**
 * Weights beyond what one model may hold. The runtime takes a model of at most 2 GB from memory, which ViT-H/14 and
 * RegNetY-128GF pass; the largest of their weights are fed with every run instead, from where they lie.
 */
import type { Computation } from '../graph/computation.ts'
import type { Tensor } from '../graph/tensor.ts'
import type { Program, Tensors } from './engine.ts'

/** Bytes of weights in a model; the rest of the 2 GB is for what else is in it. */
const largestModel = 1.9e9

interface Divided<Name extends string> {
  request: Computation<Name>
  /** weights that are to be fed; undefined where all are in the model */
  outside?: Tensors
}

/** Leaves the largest weights out of a model until the others have `limit` bytes at most. */
export function divided<Name extends string>(
  request: Computation<Name>,
  limit = largestModel,
): Divided<Name> {
  const { graph, parameters = new Map<string, Tensor>() } = request
  const own = [...parameters].filter(([name]) => graph.parameters.has(name))
  let bytes = own.reduce((sum, [, { data }]) => sum + data.byteLength, 0)
  const outside: Tensors = {}
  for (const [name, tensor] of own.sort(([, a], [, b]) => b.data.byteLength - a.data.byteLength)) {
    if (bytes <= limit) break
    outside[name] = tensor
    bytes -= tensor.data.byteLength
  }
  if (!Object.keys(outside).length) return { request }
  const inside = new Map([...parameters].filter(([name]) => !(name in outside)))
  return { request: { ...request, parameters: inside }, outside }
}

/** A program that is fed these besides. */
export const feeding = (program: Program, outside: Tensors | undefined): Program =>
  outside
    ? {
        run: (feeds, into) => program.run({ ...outside, ...feeds }, into),
        dispose: () => program.dispose(),
      }
    : program
