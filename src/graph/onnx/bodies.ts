/**
 * Branches and loops whose course is known without running the model. An `If` on a constant is replaced by the branch that
 * it takes, a `Loop` of a fixed number of turns by all of its turns. What depends on the images is refused.
 */
import { GlasshouseError } from '../../base/errors.ts'
import type { Graph, Value } from '../graph.ts'
import { concat, reshape } from '../ops/layout.ts'
import { numbersOf, typedTensor } from '../tensor.ts'
import { malformed, type OnnxBody, type OnnxNode } from './decode.ts'

/** A node with bodies, and how one of them is built into the graph for given inputs. */
export interface Inside {
  node: OnnxNode
  inputs: readonly (Value | undefined)[]
  graph: Graph
  where: string
  run(body: OnnxBody, given: readonly Value[]): Value[]
}

/** Turns of a loop, at most. */
const mostTurns = 4096

/** One known number or truth value; undefined where there is none. */
function knownNumber(graph: Graph, value: Value | undefined): number | undefined {
  const content = value && graph.constantOf(value)
  return content?.data.length === 1 ? numbersOf(content)[0] : undefined
}

const unknown = ({ node, where }: Inside, what: string) =>
  new GlasshouseError({
    code: 'onnx-operator',
    what: `${what} depends on the images, which is not read`,
    where: `${where}, node ${node.name || node.outputs[0]}`,
    hint: 'Export the model without it, for the number and the size of images that it is to be used with',
  })

function bodyOf({ node, where }: Inside, name: string): OnnxBody {
  const body = node.bodies?.[name]
  if (!body) throw malformed(where, `${node.op} without ${name}`)
  return body
}

/** What the branch of an `If` gives that its constant chooses. */
export function takenBranch(inside: Inside): Value[] {
  const { graph, inputs, run } = inside
  const condition = knownNumber(graph, inputs[0])
  if (condition === undefined) throw unknown(inside, 'which branch an If takes')
  return run(bodyOf(inside, condition ? 'then_branch' : 'else_branch'), [])
}

/** What a `Loop` leaves: its states after the last turn, then what each turn gave, one behind the other. */
export function unrolled(inside: Inside): Value[] {
  const { graph, inputs, node, where, run } = inside
  const [count, start, ...first] = inputs
  const turns = count === undefined ? Number.POSITIVE_INFINITY : knownNumber(graph, count)
  if (turns === undefined) throw unknown(inside, 'how often a Loop turns')
  const body = bodyOf(inside, 'body')
  let states = first.filter(value => value !== undefined)
  let goesOn = start === undefined ? 1 : knownNumber(graph, start)
  const given: Value[][] = []
  for (let turn = 0; turn < turns; turn++) {
    if (goesOn === undefined) throw unknown(inside, 'whether a Loop goes on')
    if (!goesOn) break
    if (turn >= mostTurns) throw malformed(where, `a Loop of more than ${mostTurns} turns`)
    const index = graph.constant(typedTensor('int64', [], BigInt64Array.of(BigInt(turn))))
    const truth = graph.constant(typedTensor('bool', [], Uint8Array.of(1)))
    const [condition, ...rest] = run(body, [index, truth, ...states])
    goesOn = knownNumber(graph, condition)
    states = rest.slice(0, states.length)
    given.push(rest.slice(states.length))
  }
  const gathered = node.outputs.length - states.length
  return [
    ...states,
    ...Array.from({ length: Math.max(0, gathered) }, (_, at) => {
      const rows = given.map(turn => turn[at])
      if (!rows.length || rows.some(row => row === undefined))
        throw malformed(where, 'a Loop that gathers values over no turns')
      return concat(
        rows.map(row => reshape(row, [1, ...row.shape])),
        0,
      )
    }),
  ]
}
