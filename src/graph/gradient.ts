/**
 * Reverse-mode differentiation of a graph. One walk from the loss back to the values asked for; each operator's
 * rule turns the gradient of its output into gradients of its inputs, as ordinary nodes of the same graph. So
 * a gradient can be differentiated again, exported, and run wherever the graph runs.
 */
import { GlasshouseError } from '../base/errors.ts'
import { elementsOf, isFloat, type Node, operatorName, type Value } from './graph.ts'
import { rules as convolution } from './ops/convolution.ts'
import { add, rules as elementwise, decompositions as elementwiseDecompositions } from './ops/elementwise.ts'
import { decompositions as gridSampleDecompositions } from './ops/grid-sample.ts'
import { expand, rules as layout } from './ops/layout.ts'
import { rules as linear } from './ops/linear.ts'
import { rules as normalisation, decompositions as normalisationDecompositions } from './ops/normalisation.ts'
import { rules as pad } from './ops/pad.ts'
import { rules as pooling, decompositions as poolingDecompositions } from './ops/pooling.ts'
import { rules as reduce } from './ops/reduce.ts'
import { rules as resize } from './ops/resize.ts'
import type { Decompositions, Rules } from './ops/rule.ts'
import { rules as scatter } from './ops/scatter.ts'
import { rules as softmax } from './ops/softmax.ts'

export const rules: Rules = {
  ...convolution,
  ...elementwise,
  ...layout,
  ...linear,
  ...normalisation,
  ...pad,
  ...pooling,
  ...reduce,
  ...resize,
  ...scatter,
  ...softmax,
}

export const decompositions: Decompositions = {
  ...elementwiseDecompositions,
  ...gridSampleDecompositions,
  ...normalisationDecompositions,
  ...poolingDecompositions,
}

/**
 * The gradient of a scalar with respect to each of `wrt`, as values of the same graph and of their shapes.
 * A value that the loss does not depend on gets zeros. `seed` scales the whole (1 unless given); with a seed
 * of the loss's shape the loss may be any tensor, and the result is the vector-Jacobian product.
 *
 * @throws GlasshouseError 'no-gradient-rule' if the gradient has to pass an operator that has none
 */
export function gradient(loss: Value, wrt: readonly Value[], seed?: Value): Value[] {
  const { graph } = loss
  if (!seed && elementsOf(loss) !== 1) {
    throw new GlasshouseError({
      code: 'loss-not-scalar',
      what: 'only a scalar can be differentiated without a seed',
      where: loss.name,
      expected: 'a single element',
      got: `[${loss.shape}]`,
    })
  }
  const path = nodesBetween(wrt, loss)
  const gradients = new Map<Value, Value>()
  gradients.set(loss, seed ?? expand(graph.constant(1, loss.dtype), loss.shape))

  const wanted = new Set(wrt)
  const depends = new Set<Value>(wrt)
  for (const node of path) for (const output of node.outputs) depends.add(output)

  for (const node of path.reverse()) {
    const arriving = node.outputs.map(output => gradients.get(output))
    if (arriving.every(gradient => gradient === undefined)) continue
    const wants = (index: number) => {
      const input = node.inputs[index]
      return input !== undefined && isFloat(input) && depends.has(input)
    }
    const contributions = graph.scope(node.scope ? `gradient/${node.scope}` : 'gradient', () =>
      applyRule(node, arriving, wants),
    )
    const forgotten = node.inputs.findIndex((_, index) => index >= contributions.length && wants(index))
    if (forgotten >= 0)
      throw new Error(
        `the rule of ${node.op} returned ${contributions.length} gradients and none for input ${forgotten}; undefined says that none exists (${node.name})`,
      )
    contributions.forEach((contribution, index) => {
      const input = node.inputs[index]
      if (!contribution || !input || !wants(index)) return
      if (String(contribution.shape) !== String(input.shape)) {
        throw new Error(
          `the rule of ${node.op} returned [${contribution.shape}] for input ${index} of shape [${input.shape}] (${node.name})`,
        )
      }
      const before = gradients.get(input)
      gradients.set(input, before ? add(before, contribution) : contribution)
    })
    // Not needed any more, unless it was asked for.
    for (const output of node.outputs) if (!wanted.has(output)) gradients.delete(output)
  }
  return wrt.map(value => gradients.get(value) ?? expand(graph.constant(0, value.dtype), value.shape))
}

function applyRule(node: Node, gradients: readonly (Value | undefined)[], wants: (index: number) => boolean) {
  const inputs = node.inputs as readonly Value[]
  const output = node.outputs[0]
  const key = operatorName(node)
  const rule = Object.hasOwn(rules, key) ? rules[key] : undefined
  if (rule) {
    const first = gradients[0] ?? expand(output.graph.constant(0, output.dtype), output.shape)
    return rule({ node, output, gradient: first, gradients, inputs, wants })
  }
  const decompose = Object.hasOwn(decompositions, key) ? decompositions[key] : undefined
  if (!decompose) throw withoutRule(node, key)
  const made = decompose({ node, inputs })
  const parts = 'shape' in made ? [made] : made
  const wanted = inputs.map((_, index) => index).filter(wants)
  const wrt = wanted.map(index => inputs[index])
  const shares = gradients.flatMap((arriving, index) => {
    if (!arriving) return []
    if (!parts[index]) throw withoutRule(node, `output ${index} of ${key}`)
    return [gradient(parts[index], wrt, arriving)]
  })
  return inputs.map((_, index) => {
    const at = wanted.indexOf(index)
    return at < 0 ? undefined : shares.map(share => share[at]).reduce((sum, share) => add(sum, share))
  })
}

const withoutRule = (node: Node, what: string): GlasshouseError =>
  new GlasshouseError({
    code: 'no-gradient-rule',
    what: `the gradient has to pass ${what}, which has no gradient rule`,
    where: `node ${node.name}${node.scope ? `, layer ${node.scope}` : ''}`,
    hint: 'Ask for the gradient of another layer, or mark the place with stopGradient',
  })

/** The nodes on some path from `from` to `to` that a gradient can pass, in topological order. */
function nodesBetween(from: readonly Value[], to: Value): Node[] {
  const { graph } = to
  const reachable = new Set<Value>(from)
  const forward = graph.nodes.filter(node => {
    if (graph.barriers.has(node)) return false
    const depends = node.inputs.some(input => input && reachable.has(input) && isFloat(input))
    if (depends) for (const output of node.outputs) if (isFloat(output)) reachable.add(output)
    return depends
  })
  const needed = new Set<Value>([to])
  return forward
    .reverse()
    .filter(node => {
      const leads = node.outputs.some(output => needed.has(output))
      if (leads) for (const input of node.inputs) if (input && reachable.has(input)) needed.add(input)
      return leads
    })
    .reverse()
}
