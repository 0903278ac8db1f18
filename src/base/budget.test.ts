import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBudget } from './budget.ts'

test('work shares a budget, starts in order, and all of it is done', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 20 }), async sizes => {
      const { within } = createBudget(10)
      const started: number[] = []
      let used = 0
      const done = await Promise.all(
        sizes.map((size, index) =>
          within(size, async () => {
            started.push(index)
            used += size
            // What is larger than the budget runs alone.
            expect(used === size || used <= 10).toBe(true)
            await new Promise(resolve => setImmediate(resolve))
            used -= size
            return index
          }),
        ),
      )
      expect([done, started]).toEqual([[...sizes.keys()], [...sizes.keys()]])
    }),
    { numRuns: 50 },
  )
})

test('what failed gives its share back', async () => {
  const { within } = createBudget(1)
  await expect(within(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await within(1, async () => 'yes')).toBe('yes')
})
