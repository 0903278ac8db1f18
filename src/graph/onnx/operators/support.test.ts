/** The table that the reference of operators is written from, against what the importer makes of every case. */
import { describe, expect, it } from 'vitest'
import { type Case, cases, feedsOf, fileOf, isKnown, named, words } from '../../../../test/operator-cases.ts'
import { neededNodes } from '../../computation.ts'
import { Graph, operatorName } from '../../graph.ts'
import { placeRuleOf } from '../../receptive-field/rules.ts'
import { decodeModel } from '../decode.ts'
import { layModel } from '../import.ts'
import { operators } from './index.ts'
import { operatorSupport, placesUnknown, withoutPlaces, writtenAs } from './support.ts'

function layOut(one: Case) {
  const graph = new Graph()
  const inputs = Object.entries(feedsOf(one)).map(
    ([name, { shape, dtype }]) => [name, graph.input(name, shape, dtype)] as const,
  )
  const values = layModel(graph, decodeModel(fileOf(one), 'one.onnx'), new Map(inputs))
  return { graph, outputs: Array.from({ length: one.outputs }, (_, index) => values.get(named(index))!) }
}

/** Operators that stand in the graph after the import of each operator, over all its cases. */
const imported = new Map<string, Set<string>>(Object.keys(operators).map(op => [op, new Set()]))
for (const one of cases.filter(({ op }) => op in operators)) {
  const { graph, outputs } = layOut(one)
  for (const node of neededNodes(graph, outputs).nodes) imported.get(one.op)!.add(operatorName(node))
}

it('an operator stands in the graph itself, or is written as what the table says', () => {
  const replaced = [...imported].filter(([op, made]) => !made.has(op))
  expect(Object.fromEntries(replaced.map(([op, made]) => [op, [...made].sort()]))).toEqual(writtenAs)
})

it('an operator is folded where the table says so', () => {
  const known = (op: string) => cases.filter(one => one.op === op && one.inputs.every(x => !x || isKnown(x)))
  const isFolded = (one: Case) => {
    const { graph, outputs } = layOut(one)
    return outputs.every(output => graph.constantOf(output) !== undefined)
  }
  for (const { name, folded } of operatorSupport)
    for (const one of known(name)) expect(isFolded(one), words(one)).toBe(folded)
  const untried = operatorSupport.filter(
    ({ name, folded }) => folded && name !== 'Shape' && name !== 'Size' && known(name).length === 0,
  )
  expect(
    untried.map(({ name }) => name),
    'no case with known operands',
  ).toEqual([])
})

describe('places', () => {
  const standing = new Set([...imported].flatMap(([op, made]) => [op, ...made]))
  const exceptions = new Set([...withoutPlaces, ...placesUnknown])

  it('are followed through every operator that an imported graph can hold, but for named exceptions', () => {
    const forgotten = [...standing].filter(
      op => !placeRuleOf(op) && !exceptions.has(op) && !(op in writtenAs),
    )
    expect(forgotten, 'add a rule to receptive-field/rules.ts, or a reason to support.ts').toEqual([])
    expect(standing.size).toBeGreaterThan(120)
  })

  it('need no exception where there is a rule, or no such operator', () => {
    const known = new Set(operatorSupport.map(({ name }) => name))
    expect([...exceptions].filter(op => placeRuleOf(op) || !known.has(op))).toEqual([])
  })

  it('are followed through every operator with a gradient rule, but for named exceptions', () => {
    const without = operatorSupport.filter(({ name, places }) => !places && !exceptions.has(name))
    expect(without.map(({ name }) => name)).toEqual([])
  })
})
