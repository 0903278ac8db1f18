/** What a filled-in form may be, as it comes in a request and lies on the disk. */
import { z } from 'zod'
import { sweepSpec } from '../runs/sweep/plan.ts'

const name = z.string().max(4096)

export const askedSchema = z.object({
  command: name,
  inputs: z.record(name, z.union([name, z.array(name).max(10_000), sweepSpec])).default({}),
  options: z.record(name, z.unknown()).default({}),
})

export type CheckedAsked = z.output<typeof askedSchema>
