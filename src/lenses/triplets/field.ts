/**
 * The update field: where a step of gradient descent on the vectors of one triplet moves its dot (Xuan, Stylianou,
 * Liu, Pless, "Hard negative examples are hard, but useful", ECCV 2020). With unit vectors a, p, n and steps u, v
 *
 *   p' = p + u a,   n' = n - v a,   a' = a + u p - v n,
 *
 * the new similarities follow from S_ap, S_an and S_pn alone. First order: u = v = b = rate e^S_an / (e^S_ap + e^S_an).
 * Second order: u = b (1 - S_ap), v = b S_an, with its own logits in b.
 *
 * A network cannot move similar images apart freely, since they share its weights. Entanglement says so in one
 * number: a part m = entanglement S_ap S_an of each change is suffered by the other similarity too.
 */
import type { Arrow } from '../../figures/arrows.ts'

export interface FieldOptions {
  order: 1 | 2
  rate?: number
  /** 0 to 1; 0 moves the vectors freely */
  entanglement?: number
  /** cosine between the parts of p and n that are perpendicular to a */
  offAnchorCosine?: number
}

/** The change of (S_ap, S_an) by one step. */
export function updateAt(positive: number, negative: number, options: FieldOptions): [number, number] {
  const { order, rate = 0.1, entanglement = 0, offAnchorCosine = 0 } = options
  const [pull, push] = order === 1 ? [positive, negative] : [positive - positive ** 2 / 2, negative ** 2 / 2]
  const step = (rate * Math.exp(push)) / (Math.exp(pull) + Math.exp(push))
  const [u, v] = order === 1 ? [step, step] : [step * (1 - positive), step * negative]
  const between =
    positive * negative + offAnchorCosine * Math.sqrt(Math.max(0, (1 - positive ** 2) * (1 - negative ** 2)))
  const anchorLength = Math.sqrt(
    1 + u * u + v * v + 2 * u * positive - 2 * v * negative - 2 * u * v * between,
  )
  const positiveLength = Math.sqrt(1 + u * u + 2 * u * positive)
  const negativeLength = Math.sqrt(1 + v * v - 2 * v * negative)
  const nextPositive = (1 + u * u) * positive + 2 * u - u * v * negative - v * between
  const nextNegative = (1 + v * v) * negative - 2 * v - u * v * positive + u * between
  const dx = nextPositive / (anchorLength * positiveLength) - positive
  const dy = nextNegative / (anchorLength * negativeLength) - negative
  const shared = entanglement * positive * negative
  return [dx + shared * dy, dy + shared * dx]
}

/** Arrows along a side of the drawn field. */
export const fieldSide = 20

/** Arrows on a grid of side x side points over the unit square, half a step from its border. */
export function updateField(options: FieldOptions, side = fieldSide): Arrow[] {
  return Array.from({ length: side * side }, (_, i) => {
    const x = ((i % side) + 0.5) / side
    const y = (Math.floor(i / side) + 0.5) / side
    const [dx, dy] = updateAt(x, y, options)
    return { x, y, dx, dy }
  })
}

/** The fields that can be drawn behind the dots, as the user calls them. */
export const fields = {
  first: { label: 'first order', options: { order: 1 } },
  second: { label: 'second order', options: { order: 2 } },
  'first-entangled': { label: 'first order, entangled', options: { order: 1, entanglement: 0.5 } },
  'second-entangled': { label: 'second order, entangled', options: { order: 2, entanglement: 0.5 } },
} as const satisfies Record<string, { label: string; options: FieldOptions }>

export type FieldName = keyof typeof fields
export const fieldNames = Object.keys(fields) as [FieldName, ...FieldName[]]
