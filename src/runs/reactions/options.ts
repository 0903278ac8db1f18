/** The options of `reactions`: those of `train` that say how, and its own. */
import { z } from 'zod'
import type { MomentsPlan } from '../record.ts'
import { type TrainOptions, trainOptions } from '../train-options.ts'

const { shape } = trainOptions

export const reactionsOptions = z.object({
  model: z
    .string()
    .optional()
    .describe('a network that is there already, in place of a training; its vectors are measured')
    .meta({ value: 'MODEL' }),
  within: z.number().positive().max(600).default(0.25).describe('seconds that count as the same moment'),
  apart: z
    .number()
    .positive()
    .max(3600)
    .default(1.5)
    .describe('seconds between two moments of a batch, at least: in between nothing is pushed'),
  people: z
    .number()
    .int()
    .min(2)
    .max(64)
    .default(4)
    .describe('of one video in a batch; at most those that are trained on'),
  moments: z
    .number()
    .int()
    .min(2)
    .max(256)
    .default(8)
    .describe('in a batch; at most those that fit into the video'),
  holdOutPeople: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.34)
    .describe('share of the people of each video who are never trained on, two at least'),
  holdOutVideos: z
    .number()
    .min(0)
    .lt(1)
    .default(0.2)
    .describe('share of the videos that are never trained on, where there are three or more'),
  net: shape.net.default('small'),
  weights: shape.weights,
  objective: z
    .enum(['ep', 'epshn', 'ephn', 'npair', 'supcon', 'ntxent', 'triplet', 'margin', 'multi-similarity'])
    .default('ep')
    .describe('which objective; the easy positive asks each to match the most similar of the others only'),
  set: shape.set,
  augment: z
    .enum(['none', 'face'])
    .default('none')
    .describe(
      'face: other cuts and colours, the same for all frames of a person in a batch; needs a long training',
    ),
  size: shape.size.default(48).describe('side of the images that the network sees, in pixels'),
  dim: shape.dim.default(32),
  epochs: shape.epochs.default(20),
  lr: shape.lr.default(0.003),
  optimizer: shape.optimizer.default('adam'),
  weightDecay: shape.weightDecay,
  schedule: shape.schedule,
  checkpointEvery: shape.checkpointEvery,
  strict: shape.strict,
})

export type ReactionsOptions = z.output<typeof reactionsOptions>

export const planOf = (
  { within, apart, holdOutPeople, holdOutVideos }: ReactionsOptions,
  batch: { people: number; moments: number },
): MomentsPlan => ({ within, apart, ...batch, heldOut: { people: holdOutPeople, videos: holdOutVideos } })

/** The training itself; a batch is `people` x `moments`. */
export function trainingOf(
  options: ReactionsOptions,
  batch: { people: number; moments: number },
): TrainOptions {
  const { model, within, apart, people, moments, holdOutPeople, holdOutVideos, ...training } = options
  return trainOptions.parse({
    ...training,
    batch: batch.people * batch.moments,
    perClass: batch.people,
  })
}
