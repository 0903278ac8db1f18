/** How drawn faces move: smooth random signals, shared by all who watch or each one's own. */
import { random } from '../../../base/random.ts'

/** What a face does, each about from -1 to 1. */
export interface Expression {
  /** corners of the mouth: up or down */
  smile: number
  /** the mouth: open or closed */
  open: number
  /** brows: raised or lowered */
  brows: number
  /** lids: wide or narrow */
  lids: number
  /** eyes: to the right or to the left */
  gaze: number
}

const parts = ['smile', 'open', 'brows', 'lids', 'gaze'] as const satisfies (keyof Expression)[]

/** Seconds between the values that a signal is led through. */
const step = 0.6

/** A signal through independent normal values, smooth between them. */
function signal(seed: number, ...keys: (string | number)[]): (seconds: number) => number {
  const known = new Map<number, number>()
  const valueAt = (k: number) => {
    const value = known.get(k) ?? random(seed, 'signal', ...keys, k).normal()
    known.set(k, value)
    return value
  }
  // Without it all signals would turn at the same times.
  const phase = random(seed, 'phase', ...keys).uniform()
  return seconds => {
    const place = seconds / step + phase
    const k = Math.floor(place)
    const t = place - k
    // Catmull-Rom: through all values, without corners.
    const [a, b, c, d] = [valueAt(k - 1), valueAt(k), valueAt(k + 1), valueAt(k + 2)]
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
  }
}

export interface ExpressionOptions {
  seed: number
  person: number
  /** whether everybody reacts to the same, or each for itself */
  shared: boolean
  /** share of each one's own in the movement */
  own: number
}

/** What a person does over time, in the time of the film. */
export function expressionOf({
  seed,
  person,
  shared,
  own,
}: ExpressionOptions): (seconds: number) => Expression {
  const signals = parts.map(part => ({
    common: shared ? signal(seed, part) : signal(seed, part, person),
    own: signal(seed, part, 'own', person),
  }))
  return seconds => {
    const values = signals.map(each => each.common(seconds) + own * each.own(seconds))
    // Bounded, so that no face breaks.
    const [smile, open, brows, lids, gaze] = values.map(value => Math.tanh(0.9 * value))
    return { smile, open, brows, lids, gaze }
  }
}

/** Small movements of the head, each one's own: in shares of the tile. */
export function headOf(seed: number, person: number): (seconds: number) => { x: number; y: number } {
  const [x, y] = [signal(seed, 'head', person, 'x'), signal(seed, 'head', person, 'y')]
  return seconds => ({ x: 0.012 * x(seconds / 2), y: 0.012 * y(seconds / 2) })
}
