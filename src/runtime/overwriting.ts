/**
 * What a program with a state may write over: a parameter whose next content can go where the present one lies, so that
 * one array serves for both. An engine does not know that they are the same. So every node that reads the parameter must
 * have run before its next content is written, whatever order the engine takes: each must lead there. Only the last node
 * may read it then, if it goes from place to place.
 */
import { type Computation, neededNodes } from '../graph/computation.ts'
import type { Node, Value } from '../graph/graph.ts'

/** Operators that move numbers or leave them where they are. */
const movers = new Set(
  'Cast Concat Dropout Expand Flatten Identity Pad Reshape Slice Split Squeeze Tile Transpose Unsqueeze'.split(
    ' ',
  ),
)
/** Operators that read a place for the last time when they write it, and the number with which they change nothing. */
const neutral: Readonly<Record<string, number>> = { Add: 0, Sub: 0, Mul: 1, Div: 1 }

/** Whether an engine may see that nothing is to be computed, and pass on the memory that it is given. */
const passesOn = ({ op, inputs }: Node): boolean =>
  movers.has(op) ||
  (op in neutral &&
    inputs.some(input => {
      const content = input?.graph.constantOf(input)
      return content?.data.every((number: number | bigint) => Number(number) === neutral[op])
    }))

/** Which of the nodes read a value, or what may be the same memory; those that may only pass it on are among them. */
export function readersAmong(nodes: readonly Node[]): (value: Value) => Node[] {
  const readers = new Map<Value, Node[]>()
  for (const node of nodes)
    for (const input of new Set(node.inputs))
      if (input) {
        const known = readers.get(input)
        if (known) known.push(node)
        else readers.set(input, [node])
      }
  return function readersOf(value): Node[] {
    const direct = readers.get(value) ?? []
    return [...direct, ...direct.filter(passesOn).flatMap(({ outputs }) => outputs.flatMap(readersOf))]
  }
}

/** Whether one node leads to another, of nodes in their order. */
function leadsAmong(nodes: readonly Node[]): (from: Node, to: Node) => boolean {
  const places = new Map(nodes.map((node, place) => [node, place]))
  // A row of bits for each node: those that lead to it.
  const words = Math.ceil(nodes.length / 32)
  const bits = new Uint32Array(nodes.length * words)
  nodes.forEach((node, place) => {
    const row = place * words
    for (const input of node.inputs) {
      const before = input?.producer && places.get(input.producer)
      if (before === undefined) continue
      for (let word = 0; word <= before >> 5; word++) bits[row + word] |= bits[before * words + word]
      bits[row + (before >> 5)] |= 1 << (before & 31)
    }
  })
  return (from, to) => {
    const place = places.get(from)!
    return (bits[places.get(to)! * words + (place >> 5)] & (1 << (place & 31))) !== 0
  }
}

/**
 * @param nextName the output that says what a parameter is next
 * @returns the names of the parameters
 */
export function overwritable(
  { graph, outputs }: Computation,
  nextName: (parameter: string) => string,
): Set<string> {
  const { nodes } = neededNodes(graph, Object.values(outputs))
  const results = new Set(Object.values(outputs))
  const readersOf = readersAmong(nodes)
  const leads = leadsAmong(nodes)
  const may = ([name, parameter]: [string, Value]): boolean => {
    const next = outputs[nextName(name)]
    const writer = next?.producer
    if (!writer || next.dtype !== parameter.dtype || `${next.shape}` !== `${parameter.shape}`) return false
    if (results.has(parameter)) return false
    return readersOf(parameter).every(reader =>
      reader === writer
        ? writer.op in neutral && writer.domain === '' && writer.inputs.includes(parameter)
        : leads(reader, writer) && !(passesOn(reader) && reader.outputs.some(output => results.has(output))),
    )
  }
  return new Set([...graph.parameters].filter(may).map(([name]) => name))
}
