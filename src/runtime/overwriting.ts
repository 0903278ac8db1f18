/**
 * What a program with a state may write over: a parameter whose next content can go where the present one lies, so that
 * one array serves for both. An engine does not know that they are the same. So every node that reads the parameter must
 * have run before its next content is written, whatever order the engine takes: each must lead there. Only the last node
 * may read it then, if it goes from place to place.
 *
 * This keeps a copy of all that training changes out of memory: 90 MB of 677 in a step of ResNet-18, and 205 of ResNet-50.
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

/**
 * @param nextName the output that says what a parameter is next
 * @param last a value that comes after almost everything else, such as the norm of all gradients; nothing that leads there
 * is looked at one by one
 * @returns the names of the parameters
 */
export function overwritable(
  { graph, outputs }: Computation,
  nextName: (parameter: string) => string,
  last?: Value,
): Set<string> {
  const wanted = new Set(Object.values(outputs))
  const readers = new Map<Value, Node[]>()
  for (const node of neededNodes(graph, [...wanted]).nodes)
    for (const input of node.inputs) if (input) readers.set(input, [...(readers.get(input) ?? []), node])
  const early = new Set(last && neededNodes(graph, [last]).nodes)

  /** Whoever reads a value, or what may be the same memory; undefined where that is given away as a result. */
  function readersOf(value: Value): Node[] | undefined {
    const direct = readers.get(value) ?? []
    const moved = direct.filter(passesOn).flatMap(({ outputs }) => outputs)
    if (wanted.has(value)) return undefined
    const behind = moved.map(readersOf)
    return behind.some(each => !each) ? undefined : [...direct, ...behind.flatMap(each => each ?? [])]
  }

  /** Whether a node surely runs before the value is written. */
  function comesBefore(value: Value): (node: Node) => boolean {
    const found = new Set<Node>()
    const queue = value.producer ? [value.producer] : []
    for (let node = queue.pop(); node; node = queue.pop())
      for (const producer of node.inputs.map(input => input?.producer)) {
        if (!producer || found.has(producer)) continue
        found.add(producer)
        if (!early.has(producer)) queue.push(producer)
      }
    const afterLast = last?.producer !== undefined && found.has(last.producer)
    return node => found.has(node) || (afterLast && early.has(node))
  }

  function may([name, parameter]: [string, Value]): boolean {
    const next = outputs[nextName(name)]
    const writer = next?.producer
    if (!writer || next.dtype !== parameter.dtype || `${next.shape}` !== `${parameter.shape}`) return false
    const all = readersOf(parameter)
    if (!all) return false
    const isBefore = comesBefore(next)
    return all.every(reader =>
      reader === writer
        ? writer.op in neutral && writer.domain === '' && writer.inputs.includes(parameter)
        : isBefore(reader),
    )
  }
  return new Set([...graph.parameters].filter(may).map(([name]) => name))
}
