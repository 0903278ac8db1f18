/**
 * Gradients of imported operators: of a weighted sum of all outputs, by every operand that holds real numbers, against
 * central differences of the engine's own run of the file. Each case is tried a second time with its weights fed, so
 * that the gradients by them are checked too.
 */
import { describe, expect, it } from 'vitest'
import { examine } from '../../../../test/examine-model.ts'
import { type Case, cases, feedsOf, fileOf, isKnown, words } from '../../../../test/operator-cases.ts'
import { createEngine } from '../../../runtime/engine.node.ts'
import { operatorSupport } from './support.ts'

const engine = await createEngine({ threads: 1 })

/** What the reference says of the gradient of each operator. */
const claimed = new Map(operatorSupport.map(({ name, gradient }) => [name, gradient]))

/** Operands of these that are real numbers say what they do, not what they work on. */
const settings = new Set(['Resize', 'Upsample', 'OneHot', 'Dropout'])

/** The same with weights that are fed, or with settings; undefined where it has none. */
function weightsFed(one: Case, which = (op: string) => !settings.has(op)): Case | undefined {
  const isWeight = (input: Case['inputs'][number]) =>
    input !== undefined && isKnown(input) && input.known.dtype === 'float32' && which(one.op)
  if (!one.inputs.some(isWeight) || one.inputs.every(input => !input || isKnown(input))) return undefined
  return {
    ...one,
    inputs: one.inputs.map(input => (input && isKnown(input) && isWeight(input) ? input.known : input)),
  }
}

/** What came out for each operator, over all its cases. */
const found = new Map<string, Set<string>>()

const all = cases.flatMap(one => [one, weightsFed(one) ?? []].flat())

describe('the gradient of an imported operator agrees with central differences', () => {
  it.each(all.map(one => [words(one), one] as const))('%s', async (_, one) => {
    const { gradient } = await examine(fileOf(one), feedsOf(one), engine)
    const { outcome, detail } = gradient
    const refused =
      (claimed.get(one.op) === 'none' && /has no gradient rule/) ||
      ('keep_aspect_ratio_policy' in one.attributes && /kept aspect ratio is not defined here/)
    if (refused && outcome !== 'none') expect(detail).toMatch(refused)
    else expect(['right', 'none', 'undecided'], detail).toContain(outcome)
    found.set(one.op, (found.get(one.op) ?? new Set()).add(outcome))
  })

  it('wherever the reference says that there is one, and nowhere else', () => {
    const mistaken = [...found].filter(([op, outcomes]) => {
      const claims = ['rule', 'decomposition', 'parts'].includes(claimed.get(op)!)
      return outcomes.has('right') !== claims
    })
    expect(mistaken.map(([op]) => `${op}: ${claimed.get(op)}`)).toEqual([])
  })
})

const set = cases.flatMap(one => weightsFed(one, op => settings.has(op)) ?? [])

describe('settings that are fed get a gradient, or a reason why not', () => {
  it.each(set.map(one => [words(one), one] as const))('%s', async (_, one) => {
    const { gradient } = await examine(fileOf(one), feedsOf(one), engine)
    expect(['right', 'none', 'undecided', 'refused'], gradient.detail).toContain(gradient.outcome)
  })
})
