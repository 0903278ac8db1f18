/**
 * What run.json and the lines of log.ndjson must be. A run folder is plain files that people copy, edit and damage, so
 * everything in it is checked when it is read. Fields that are not known here are kept: a newer version may have more.
 */
import { z } from 'zod'
import { augmentations } from '../data/augment.ts'
import { fits } from '../nets/architecture.ts'
import { objectives } from '../objectives/registry.ts'
import { formsSchema } from '../runtime/forms-schema.ts'
import { optimisers } from '../training/optimiser.ts'
import { schedules } from '../training/schedule.ts'
import type { EpochLine, LogLine, RunRecord, StepLine } from './record.ts'

const count = z.number().int().min(0)
const positive = z.number().int().min(1)
/** Far above every size that is trained, far below one that exhausts the memory. */
const side = z.number().int().min(1).max(8192)
const share = z.number().gt(0).lt(1)
const belowOne = z.number().min(0).lt(1)
/** A NUL ends a name for the operating system. */
const path = z
  .string()
  .min(1)
  .max(4096)
  .refine(text => !text.includes('\0'), 'a path cannot contain NUL')
const classNames = z
  .array(z.string())
  .min(1)
  .refine(names => new Set(names).size === names.length, 'a class is named twice')

const split = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('given') }),
  z.looseObject({ kind: z.literal('images'), share }),
  z.looseObject({ kind: z.literal('classes'), share, by: z.enum(['name', 'random', 'lot']).optional() }),
])

/** What was done to the images, where the classes are not those of the data. */
const pretext = z.looseObject({ task: z.string(), shuffled: z.literal(true).optional() })

/** How moments of montages are drawn and who is held out. */
const moments = z.looseObject({
  people: positive.max(65536),
  moments: positive.max(65536),
  within: z.number().positive(),
  apart: z.number().positive(),
  heldOut: z.looseObject({ people: share, videos: z.number().min(0).lt(1) }),
})

const head = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('classes'), classes: classNames }),
  z.looseObject({ kind: z.literal('embedding'), dim: positive.max(65536) }),
])

const colours = z.tuple([z.number(), z.number(), z.number()])

const preprocessing = z.looseObject({
  size: side,
  resize: side,
  fit: z.enum(fits).optional(),
  interpolation: z.enum(['bilinear', 'bicubic']).optional(),
  mean: colours,
  deviation: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
})

const augmentation = z.looseObject({
  size: side,
  steps: z.array(z.looseObject({ name: z.enum(Object.keys(augmentations)) })),
})

const training = z.looseObject({
  epochs: count,
  batch: positive.max(65536),
  coverage: z.enum(['largest-class', 'once']).optional(),
  perClass: positive,
  rate: z.number().positive(),
  optimiser: z.looseObject({
    name: z.enum(optimisers),
    momentum: z.number().min(0).lt(1),
    nesterov: z.boolean(),
    weightDecay: z.number().min(0),
    betas: z.tuple([belowOne, belowOne]).optional(),
    decayNorms: z.boolean().optional(),
  }),
  schedule: z.enum(schedules),
  warmup: count,
  oneCycle: z
    .looseObject({ rise: share, startDivisor: z.number().min(1), endDivisor: z.number().min(1) })
    .optional(),
  steps: z.looseObject({ at: z.array(z.number().positive()), factor: share }).optional(),
  ema: share.optional(),
  patience: positive.optional(),
  extensions: z.array(z.looseObject({ at: count, before: count })).optional(),
  augmentation,
  mixing: z
    .looseObject({ mixup: z.number().positive().optional(), cutmix: z.number().positive().optional() })
    .optional(),
  classWeights: z.string().optional(),
  freeze: z.string().optional(),
  freezeNorms: z.boolean().optional(),
  lora: z.looseObject({ rank: positive.max(65536), alpha: z.number().positive() }).optional(),
  headRate: z.number().min(0),
  storedSize: side,
  weights: path.optional(),
})

export const runRecordSchema = z
  .looseObject({
    format: z.literal(1),
    version: z.string(),
    status: z.enum(['running', 'finished', 'stopped', 'diverged']),
    data: z.looseObject({
      path,
      fingerprint: z.string(),
      classes: classNames,
      split,
      images: z.looseObject({ train: count, val: count.optional(), test: count }),
    }),
    pretext: pretext.optional(),
    moments: moments.optional(),
    net: path,
    head,
    preprocessing,
    outputStride: z.number().int().positive().optional(),
    objective: z.string().min(1).max(200),
    objectiveFile: z.looseObject({ path, sha256: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
    objectiveOptions: z.record(z.string(), z.unknown()),
    training,
    seed: count,
    device: z.string(),
    threads: positive.max(4096),
    forms: formsSchema.optional(),
    epochs: count,
    best: z.looseObject({ epoch: count, score: z.number(), val: z.number().optional() }).optional(),
  })
  .refine(({ objective, objectiveFile }) => objectiveFile !== undefined || objectives.has(objective), {
    path: ['objective'],
    message: 'there is no such objective, and no file that it comes from is named',
  })
  .refine(({ epochs, best }) => !best || best.epoch <= epochs, {
    path: ['best', 'epoch'],
    message: 'the best epoch comes after the last one that is finished',
  })

/** The description of a run; what is wrong with it otherwise. */
export function checkRecord(value: unknown): { record: RunRecord } | { fault: string } {
  const checked = runRecordSchema.safeParse(value)
  // The schema says everything that the type says, but for the options of single augmentation steps and objectives,
  // which are checked where they are used.
  if (checked.success) return { record: value as RunRecord }
  return { fault: faultOf(checked.error) }
}

const stepLine = z.looseObject({
  kind: z.literal('step'),
  epoch: positive,
  step: count,
  loss: z.number(),
  rate: z.number(),
})

const shareOrNothing = z.number().nullable()

const scores = {
  accuracy: shareOrNothing.optional(),
  recall: z.record(z.string(), shareOrNothing).optional(),
}

const epochLine = z.looseObject({
  kind: z.literal('epoch'),
  epoch: count,
  step: count,
  loss: z.number().optional(),
  statistics: z.record(z.string(), shareOrNothing).optional(),
  val: z.looseObject(scores).optional(),
  ...scores,
  perClass: z.array(shareOrNothing).optional(),
  precision: z.array(shareOrNothing).optional(),
  f1: z.array(shareOrNothing).optional(),
  macroF1: shareOrNothing.optional(),
  rPrecision: shareOrNothing.optional(),
  mapAtR: shareOrNothing.optional(),
  seconds: z.number(),
  imagesPerSecond: z.number().nullable().optional(),
})

const logLine = z.discriminatedUnion('kind', [stepLine, epochLine])

export function checkLogLine(value: unknown): { line: LogLine } | { fault: string } {
  const checked = logLine.safeParse(value)
  if (checked.success) return { line: value as StepLine | EpochLine }
  return { fault: faultOf(checked.error) }
}

function faultOf({ issues: [{ path, message }] }: z.ZodError): string {
  return path.length ? `${path.join('.')}: ${message}` : message
}
