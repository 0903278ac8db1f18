/** The forms in which a network's answer may have been recorded: as it is, through an activation, its features. */
import { probabilities } from './classification.ts'

export interface AnswerForm {
  data: Float32Array
  /** what was done there, as the end of "there, ..."; '' for the answer as it is here */
  words: string
  cost: number
}

/**
 * @param answers by name: what the file itself gives (`own`), logits or embedding (`output`), `pooled` features
 * @param width numbers per image of what was recorded
 */
export function formsOf(
  answers: ReadonlyMap<string, Float32Array>,
  width: number,
  count: number,
): AnswerForm[] {
  const forms: AnswerForm[] = []
  const add = (data: Float32Array | undefined, words: string, cost: number) => {
    if (data?.length === width * count) forms.push({ data, words, cost })
  }
  const output = answers.get('output')
  const own = answers.get('own')
  add(own ?? output, '', 0)
  if (own && output) add(output, 'the logits were taken, before the activation that ends the network', 0.5)
  if (output) {
    const rows = (change: (row: Float32Array) => ArrayLike<number>) => byRow(output, count, change)
    add(
      rows(row => probabilities(row)),
      'a softmax follows the logits',
      0.5,
    )
    add(
      rows(row => probabilities(row, 'sigmoid')),
      'a sigmoid follows the logits',
      0.6,
    )
    add(
      rows(row => probabilities(row).map(Math.log)),
      'the logarithm of a softmax follows the logits',
      0.7,
    )
    add(
      rows(row => probabilities(probabilities(row))),
      'a softmax was applied twice',
      0.8,
    )
    add(rows(unit), 'the vectors were divided by their length', 0.6)
    const own = output.length / count
    if (own === width + 1)
      add(
        rows(row => row.subarray(1)),
        'the first output (background) was left out',
        0.6,
      )
    if (own === width + 1)
      add(
        rows(row => probabilities(row).subarray(1)),
        'a softmax follows, and the first output (background) was left out',
        0.8,
      )
  }
  const pooled = answers.get('pooled')
  add(pooled, 'the pooled features were taken, not the output', 0.7)
  if (pooled) add(byRow(pooled, count, unit), 'the pooled features were taken, divided by their length', 0.9)
  return forms
}

function byRow(
  data: Float32Array,
  count: number,
  change: (row: Float32Array) => ArrayLike<number>,
): Float32Array {
  const width = data.length / count
  const rows = Array.from({ length: count }, (_, row) =>
    change(data.subarray(row * width, (row + 1) * width)),
  )
  const made = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0))
  let next = 0
  for (const row of rows) {
    made.set(row, next)
    next += row.length
  }
  return made
}

function unit(row: Float32Array): Float32Array {
  const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))
  return row.map(value => value / Math.max(length, 1e-12))
}
