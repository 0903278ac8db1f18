/** The identities of easy-positive objectives, each stated by the formula and not by the code. */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { random } from '../base/random.ts'
import { evaluateObjective } from './evaluate.node.ts'

const everyAnchor = { minimumSimilarity: -1 }

const first = (positive: number, negative: number) => Math.log1p(Math.exp(10 * (negative - positive)))
const second = (positive: number, negative: number) =>
  Math.log1p(Math.exp(5 * ((1 - positive) ** 2 + negative ** 2 - 1)))

/**
 * Anchor, positive and negative with the cosine similarities asked for. The positive is an anchor as well, of
 * similarity `positive` to its classmate and `positive * negative` to the negative, which has no classmate.
 */
function triple(positive: number, negative: number) {
  const rest = (x: number) => Math.sqrt(1 - x * x)
  return {
    embeddings: Float32Array.of(1, 0, 0, positive, rest(positive), 0, negative, 0, rest(negative)),
    dim: 3,
    labels: [0, 0, 1],
  }
}

/** Random vectors in classes of two at least. */
const batches = fc
  .record({
    seed: fc.integer(),
    classes: fc.integer({ min: 2, max: 5 }),
    perClass: fc.integer({ min: 2, max: 4 }),
    dim: fc.integer({ min: 3, max: 8 }),
  })
  .map(({ seed, classes, perClass, dim }) => {
    const { normal } = random(seed)
    return {
      embeddings: Float32Array.from({ length: classes * perClass * dim }, () => normal()),
      dim,
      labels: Array.from({ length: classes * perClass }, (_, i) => Math.floor(i / perClass)),
    }
  })

/** Cosine similarities in float64. */
function similarities({
  embeddings,
  dim,
  labels,
}: {
  embeddings: Float32Array
  dim: number
  labels: number[]
}) {
  const rows = labels.map((_, i) => Array.from(embeddings.subarray(i * dim, (i + 1) * dim), Number))
  const unit = rows.map(row => row.map(x => x / Math.hypot(...row)))
  return unit.map(a => unit.map(b => a.reduce((sum, x, k) => sum + x * b[k], 0)))
}

test.each([
  [0.7, 0.3, 0.0181, 0.0164],
  [0.9, 0.7, 0.1269, 0.0789],
  [0.5, 0.5, Math.LN2, 0.0789],
  [0.95, 0.9, 0.4741, 0.3305],
])('the worked values at similarities %f and %f', async (positive, negative, one, two) => {
  expect(first(positive, negative)).toBeCloseTo(one, 4)
  expect(second(positive, negative)).toBeCloseTo(two, 4)
  for (const [order, formula] of [
    [1, first],
    [2, second],
  ] as const) {
    const { loss } = await evaluateObjective('epshn', { order }, triple(positive, negative))
    const mean = (formula(positive, negative) + formula(positive, positive * negative)) / 2
    expect(loss).toBeCloseTo(mean, 5)
  }
})

it('second order depends on the distance to (1, 0) alone, which is why its level lines are circles', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1.4, noNaN: true }),
      fc.double({ min: 0, max: 1.5, noNaN: true }),
      (d, angle) => {
        const [positive, negative] = [1 - d * Math.cos(angle), d * Math.sin(angle)]
        const logits = positive - positive ** 2 / 2 - negative ** 2 / 2
        expect(Math.log1p(Math.exp(-10 * logits))).toBeCloseTo(Math.log1p(Math.exp(5 * (d * d - 1))), 12)
      },
    ),
  )
})

it('both orders agree at (0, 0) and at (1, 1)', () => {
  expect(first(0, 0)).toBe(second(0, 0))
  expect(first(1, 1)).toBeCloseTo(second(1, 1), 14)
})

describe('on random batches', () => {
  it('the loss is that of the definition: nearest classmate, hardest negative no nearer', async () => {
    await fc.assert(
      fc.asyncProperty(batches, fc.constantFrom(1, 2), async (batch, order) => {
        const s = similarities(batch)
        const losses = batch.labels.flatMap((label, a) => {
          const mates = s[a].filter((_, j) => j !== a && batch.labels[j] === label && s[a][j] <= 0.9999)
          const positive = Math.max(...mates)
          const others = s[a].filter((x, j) => batch.labels[j] !== label && x <= positive)
          if (mates.length === 0 || others.length === 0) return []
          return [(order === 1 ? first : second)(positive, Math.max(...others))]
        })
        // A negative that rounding may put on either side of the positive decides nothing here.
        const close = s.some((row, a) =>
          row.some(
            (x, j) =>
              batch.labels[j] !== batch.labels[a] && row.some((y, k) => k !== j && Math.abs(x - y) < 1e-5),
          ),
        )
        fc.pre(!close && s.every((row, a) => row.every((x, j) => a === j || x < 0.999)))
        const { loss } = await evaluateObjective('epshn', { order, ...everyAnchor }, batch)
        const mean = losses.length ? losses.reduce((sum, x) => sum + x, 0) / losses.length : 0
        expect(Math.abs(loss - mean)).toBeLessThan(1e-5 + 1e-5 * mean)
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  it('no anchor loses more than ln 2 at first order, because its negative is no nearer than its positive', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async batch => {
        const { loss } = await evaluateObjective('epshn', { order: 1, ...everyAnchor }, batch)
        expect(loss).toBeLessThanOrEqual(Math.LN2 + 1e-6)
      }),
      { numRuns: 30 },
    )
  }, 60_000)

  it('the gradient is orthogonal to every vector, because only directions count', async () => {
    await fc.assert(
      fc.asyncProperty(batches, fc.constantFrom(1, 2), async (batch, order) => {
        const { gradient } = await evaluateObjective('epshn', { order, ...everyAnchor }, batch)
        for (let row = 0; row < batch.labels.length; row++) {
          const at = (values: Float32Array) => values.subarray(row * batch.dim, (row + 1) * batch.dim)
          const [g, x] = [at(gradient), at(batch.embeddings)]
          const dot = g.reduce((sum, value, k) => sum + value * x[k], 0)
          expect(Math.abs(dot)).toBeLessThan(1e-4 * (1 + Math.hypot(...g) * Math.hypot(...x)))
        }
      }),
      { numRuns: 30 },
    )
  }, 60_000)
})

it('two copies of one image never make a positive pair', async () => {
  const { embeddings, dim, labels } = triple(0.6, 0.2)
  const copied = Float32Array.of(...embeddings, ...embeddings.subarray(0, 3))
  const { loss } = await evaluateObjective('epshn', {}, { embeddings: copied, dim, labels: [...labels, 0] })
  // Anchor, its copy and the positive: the copies see the positive as before, not each other.
  const mean = (2 * first(0.6, 0.2) + first(0.6, 0.6 * 0.2)) / 3
  expect(loss).toBeCloseTo(mean, 5)
})

it('a batch without any pair has loss 0 and gradient 0', async () => {
  const { loss, gradient } = await evaluateObjective('epshn', {}, { ...triple(0.5, 0.5), labels: [0, 1, 2] })
  expect([loss, ...gradient].every(value => value === 0)).toBe(true)
})
