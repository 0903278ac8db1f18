/** What every stream of events must be, whatever the work: used by the suite of the lenses and by tests of trainings. */
import { expect } from 'vitest'
import { z } from 'zod'
import type { WorkEvent } from '../src/base/work.ts'

const name = z.string().min(1)
const count = z.number().min(0)
const id = z.number().int()
const stage = { id, stage: name }
const floats = z.instanceof(Float32Array)
const image = z.strictObject({
  width: z.number().int().min(1),
  height: z.number().int().min(1),
  data: z.instanceof(Uint8Array),
})

const workEvent = z.union([
  z.strictObject({
    kind: z.literal('stage'),
    ...stage,
    total: count,
    from: count,
    unit: z.literal('bytes').optional(),
  }),
  z.strictObject({
    kind: z.literal('progress'),
    ...stage,
    done: count,
    total: count,
    note: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('end'), ...stage }),
  z.strictObject({ kind: z.literal('note'), text: name }),
  z.strictObject({ kind: z.literal('preview'), name, image }),
  z.strictObject({ kind: z.literal('preview'), name, points: z.strictObject({ x: floats, y: floats }) }),
])

/** Every event fits the schema, is plain data, and stages begin, count within their total, and end. */
export function expectWellFormed(events: readonly WorkEvent[]): void {
  const open = new Map<number, { stage: string; total: number; done: number }>()
  const begun = new Set<number>()
  for (const event of events) {
    expect(workEvent.safeParse(event).error?.issues ?? []).toEqual([])
    expect(structuredClone(event)).toEqual(event)
    if (event.kind === 'preview') {
      if ('image' in event) expect(event.image.data.length).toBe(3 * event.image.width * event.image.height)
      else expect(event.points.x.length).toBe(event.points.y.length)
      continue
    }
    expect(JSON.parse(JSON.stringify(event))).toEqual(event)
    if (event.kind === 'note') continue
    const { id, stage } = event
    if (event.kind === 'stage') {
      expect(begun.has(id)).toBe(false)
      expect(event.from).toBeLessThanOrEqual(event.total)
      begun.add(id)
      open.set(id, { stage, total: event.total, done: event.from })
      continue
    }
    const own = open.get(id)
    expect(own).toMatchObject({ stage })
    if (event.kind === 'end') open.delete(id)
    else {
      expect(event.total).toBe(own!.total)
      expect(event.done).toBeLessThanOrEqual(event.total)
      expect(event.done).toBeGreaterThanOrEqual(own!.done)
      own!.done = event.done
    }
  }
  expect([...open.values()].map(({ stage }) => stage)).toEqual([])
}
