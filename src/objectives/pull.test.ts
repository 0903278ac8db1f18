import { expect, test } from 'vitest'
import type { Arrow } from '../figures/arrows.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { objectiveOptions } from './objective.ts'
import { pullField, pullsVectors } from './pull.ts'
import { objectiveNamed, objectives } from './registry.ts'

const engine = await createEngine({ threads: 1 })
const side = 9
const field = (name: string, options = {}) => pullField(engine, objectiveNamed(name), options, side)
const moving = (arrows: readonly Arrow[]) => arrows.filter(({ dx, dy }) => Math.hypot(dx, dy) > 1e-6)
const above = (arrows: readonly Arrow[]) => arrows.filter(({ x, y }) => y > x + 0.01)
const below = (arrows: readonly Arrow[]) => arrows.filter(({ x, y }) => y < x - 0.01)

test('every pull is at a place that three vectors can take, and every objective but that of proxies has one', async () => {
  for (const objective of objectives.values()) {
    if (!pullsVectors(objective)) {
      const own = objective.parameters?.({ classes: 2, dim: 3 }, objectiveOptions(objective, {})) ?? {}
      expect(objective.kind === 'classes' || 'proxies' in own, objective.name).toBe(true)
      continue
    }
    // The semi-hard triplet loss acts within S_ap - 0.1 < S_an < S_ap only: the grid must be finer than that band.
    const arrows = await pullField(engine, objective, {}, 15)
    for (const { x, y } of arrows) expect(2 * y * y).toBeLessThan(1 + x + 1e-12)
    expect(moving(arrows).length, objective.name).toBeGreaterThan(0)
  }
})

test('the semi-hard negative drops triplets above the diagonal and moves those below it to the right and down', async () => {
  const arrows = await field('epshn')
  expect(moving(above(arrows))).toEqual([])
  expect(moving(below(arrows)).length).toBe(below(arrows).length)
  for (const { dx } of below(arrows)) expect(dx).toBeGreaterThan(0)
  for (const { y, dy } of below(arrows)) if (y > 0.1) expect(dy).toBeLessThan(0.001)
})

test('hard negatives far above the diagonal rise further, which selectively contrastive triplets prevent', async () => {
  const high = (arrows: readonly Arrow[]) => above(arrows).filter(({ y }) => y > 0.7)
  expect(Math.max(...high(await field('ephn')).map(({ dy }) => dy))).toBeGreaterThan(0)
  for (const { dy } of above(await field('sct'))) expect(dy).toBeLessThan(0)
})

test('at the second order the pull fades as the positive nears 1, and the push as the negative nears 0', async () => {
  const near = (arrows: readonly Arrow[], x: number, y: number) =>
    arrows.reduce((a, b) => (Math.hypot(a.x - x, a.y - y) < Math.hypot(b.x - x, b.y - y) ? a : b))
  const [first, second] = [await field('epshn'), await field('epshn', { order: 2 })]
  const slant = ({ dx, dy }: Arrow) => Math.abs(dy) / Math.abs(dx)
  expect(slant(near(second, 1, 0.6))).toBeGreaterThan(2 * slant(near(first, 1, 0.6)))
  expect(slant(near(second, 0.4, 0))).toBeLessThan(slant(near(first, 0.4, 0)))
})
