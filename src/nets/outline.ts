/**
 * The outline of a network: its graph as a person would sketch it. Small operators join the one they follow (a
 * convolution with its normalisation and ReLU is one box), and what runs side by side between a fork and a join, such
 * as the branch and the shortcut of a residual unit, becomes parallel branches. Needs no layer names, but uses them.
 *
 * Vocabulary: a *cell* is an operator with those that joined it; a *cut* is a cell that everything passes through.
 */
import type { Box, Fork, Part } from '../figures/network-drawing.ts'
import { neededNodes } from '../graph/computation.ts'
import type { Graph, Node, Value } from '../graph/graph.ts'
import { multiplyAddCount, parameterCount } from './costs.ts'
import { gateOf, nameOfOperator, nameOfStep, toneOf } from './operator-names.ts'

interface Cell {
  nodes: Node[]
  /** what is made of parameters and constants alone, such as a transposed matrix, for its nodes */
  prepared: Node[]
  /** what comes out of it */
  value: Value
  /** positions of the cells that it takes from, in the list of all cells */
  from: Set<number>
}

/** Operators that begin a cell; every other one with a single input joins the cell it follows. */
const beginning = new Set(
  'Conv ConvTranspose Gemm MatMul MaxPool AveragePool GlobalAveragePool GlobalMaxPool ReduceMean LRN Resize'.split(
    ' ',
  ),
)

/** Operators with weights: a normalisation joins no other kind, since it belongs to what comes after. */
const weighted = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul'])

const joins = (op: string, { nodes: [first] }: Cell): boolean =>
  !beginning.has(op) && (!op.endsWith('Normalization') || weighted.has(first.op))

/** @param output the value that the network is for: what does not lead there is left out */
export function outlineOf(graph: Graph, output: Value): Part[] {
  const cells = cellsOf(graph, output)
  const outline = sequence(
    cells,
    cells.map((_, position) => position),
  )
  return folded([boxOf(cells[0]), ...outline])
}

function cellsOf(graph: Graph, output: Value): Cell[] {
  const cells: Cell[] = []
  const home = new Map<Value, number>()
  const open = (nodes: Node[], value: Value, from: Set<number>) => {
    home.set(value, cells.push({ nodes, prepared: [], value, from }) - 1)
  }
  const { nodes, used } = neededNodes(graph, [output])
  const images = [...graph.inputs.values()].filter(input => used.has(input))
  // Several inputs share the first cell, so that everything has one beginning.
  images.forEach((input, index) => {
    if (index === 0) open([], input, new Set())
    else home.set(input, 0)
  })
  const uses = new Map<Value, number>([[output, 1]])
  for (const input of nodes.flatMap(node => [...new Set(node.inputs)]))
    if (input) uses.set(input, (uses.get(input) ?? 0) + 1)

  const preparing = new Map<Value, Node[]>()
  const preparedFor = (node: Node) => node.inputs.flatMap(value => (value && preparing.get(value)) ?? [])
  const gates = new Set(nodes.map(gateOf).filter(gate => gate && uses.get(gate) === 1))
  for (const node of nodes) {
    const [first] = node.inputs
    if (gates.has(node.outputs[0]) && first && home.has(first)) {
      // The gate of an activation x * gate(x): the product stands for both.
      home.set(node.outputs[0], home.get(first)!)
      uses.set(first, uses.get(first)! - 1)
      continue
    }
    const takes = [...new Set(node.inputs)].filter(value => value !== undefined && home.has(value))
    const computed = (takes as Value[]).filter(value => !gates.has(value))
    if (computed.length === 0) {
      for (const value of node.outputs) preparing.set(value, [...preparedFor(node), node])
      continue
    }
    const from = new Set(computed.map(value => home.get(value)!))
    const [position] = from
    const cell = cells[position]
    const follows = computed.every(
      value => cell.nodes.length > 0 && cell.nodes.at(-1)!.outputs.includes(value),
    )
    if (from.size === 1 && follows && joins(node.op, cell) && uses.get(cell.value) === 1) {
      cell.nodes.push(node)
      cell.value = node.outputs[0]
    } else open([node], node.outputs[0], from)
    for (const value of node.outputs) home.set(value, home.get(node.outputs[0]) ?? position)
    cells[home.get(node.outputs[0]) ?? position].prepared.push(...preparedFor(node))
  }
  return cells
}

/** What lies after the first and up to the last of some cells, which all lie between these two. */
function sequence(cells: readonly Cell[], region: readonly number[]): Part[] {
  const inside = new Set(region)
  const furthest = new Map(region.map(position => [position, position]))
  for (const position of region)
    for (const source of cells[position].from) if (inside.has(source)) furthest.set(source, position)
  let reach = -1
  const cuts: number[] = []
  for (const position of region) {
    if (reach <= position) cuts.push(position)
    reach = Math.max(reach, furthest.get(position)!)
  }
  return cuts.slice(1).map((to, index): Part => {
    const from = cuts[index]
    const between = region.filter(position => position > from && position < to)
    return between.length === 0 ? boxOf(cells[to]) : forkOf(cells, from, between, to)
  })
}

function forkOf(cells: readonly Cell[], from: number, between: readonly number[], to: number): Fork {
  const components = componentsOf(cells, between)
  const passes = cells[to].from.has(from)
  // One tangle without a beginning and an end of its own, as in a dense block: its cells in their order.
  const isTangle = components.length === 1 && !passes
  const branches = isTangle
    ? [between.map(position => boxOf(cells[position]))]
    : components.map(component => branchOf(withoutEdge(cells, from, to), [from, ...component, to]))
  const join = boxOf(cells[to])
  const all = [...between, to].flatMap(position => [...cells[position].nodes, ...cells[position].prepared])
  return {
    kind: 'fork',
    name: join.name,
    branches: passes ? [...branches, []] : branches,
    join,
    parameters: parameterCount(all),
    multiplyAdds: multiplyAddCount(all),
  }
}

/** What lies between a fork and its join, without the two. */
function branchOf(cells: readonly Cell[], region: readonly number[]): readonly Part[] {
  const parts = sequence(cells, region)
  const last = parts.at(-1)!
  const before = parts.slice(0, -1)
  // A fork within that ends in the same join leaves it to the one around.
  if (last.kind === 'box') return before
  if (before.length === 0 && last.branches.length === 1) return last.branches[0]
  return [...before, { ...last, name: '', join: undefined }]
}

/** Cells that are not connected with each other between a fork and its join. */
function componentsOf(cells: readonly Cell[], between: readonly number[]): number[][] {
  const group = new Map(between.map(position => [position, position]))
  const rootOf = (position: number): number => {
    const parent = group.get(position)!
    return parent === position ? position : rootOf(parent)
  }
  for (const position of between)
    for (const source of cells[position].from)
      if (group.has(source)) {
        const [a, b] = [rootOf(position), rootOf(source)]
        group.set(Math.max(a, b), Math.min(a, b))
      }
  const components = new Map<number, number[]>()
  for (const position of between) {
    const root = rootOf(position)
    components.set(root, [...(components.get(root) ?? []), position])
  }
  return [...components.values()]
}

/** The same cells, where one does not feed another directly. */
const withoutEdge = (cells: readonly Cell[], from: number, to: number): Cell[] =>
  cells.with(to, { ...cells[to], from: new Set([...cells[to].from].filter(source => source !== from)) })

function boxOf({ nodes, prepared, value }: Cell): Box {
  const [first, ...rest] = nodes
  const steps = rest.map(nameOfStep).filter(step => step !== '')
  return {
    kind: 'box',
    name: layerNameOf(value, nodes),
    label: first ? nameOfOperator(first) : 'images',
    steps: steps.filter((step, index) => step !== steps[index - 1]),
    tone: first ? toneOf(first.op) : 'other',
    shape: value.shape.slice(1),
    parameters: parameterCount([...nodes, ...prepared]),
    multiplyAdds: multiplyAddCount(nodes),
  }
}

/** Of several names the one of the scope that the cell stands in, otherwise the shortest. */
function layerNameOf(value: Value, nodes: readonly Node[]): string {
  const scope = value.producer?.scope ?? ''
  const values = new Set<Value>([value, ...nodes.flatMap(node => node.outputs)])
  const names = [...value.graph.layers].filter(([, named]) => values.has(named)).map(([name]) => name)
  const own = names.filter(name => value.graph.layers.get(name) === value)
  const candidates = own.length ? own : names
  if (candidates.includes(scope)) return scope
  const within = candidates.filter(name => name.startsWith(scope))
  return (within.length ? within : candidates).sort((a, b) => a.length - b.length)[0] ?? ''
}

/** Forks of the same form that follow each other are drawn once. */
function folded(parts: readonly Part[]): Part[] {
  const result: Part[] = []
  for (const part of parts) {
    const last = result.at(-1)
    if (last?.kind === 'fork' && part.kind === 'fork' && formOf(last) === formOf(part)) {
      result[result.length - 1] = { ...last, repeated: [...(last.repeated ?? [last.name]), part.name] }
    } else result.push(part)
  }
  return result
}

const formOf = (part: Part): string =>
  JSON.stringify(part, (key, value) => (key === 'name' || key === 'repeated' ? undefined : value))
