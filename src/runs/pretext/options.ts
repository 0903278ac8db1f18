/** The options of `pretext`: those of `train` that say how, not what, and its own. */
import { z } from 'zod'
import { type TrainOptions, trainOptions } from '../train-options.ts'

const shape = trainOptions.shape

export const pretextOptions = z.object({
  controls: z
    .boolean()
    .default(false)
    .describe(
      'noise images, crossed by width, demosaicing, JPEG and random crops: what the processing gives away',
    ),
  controlImages: z
    .number()
    .int()
    .min(10)
    .max(100000)
    .default(2000)
    .describe('noise images in every cell of the controls')
    .meta({ needs: [{ option: 'controls' }] }),
  tasks: z
    .array(z.string())
    .optional()
    .describe('with the task all: which ones, in place of every one that asks for images')
    .meta({ value: 'TASK' }),
  step: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(2)
    .describe('of the task time: frames from one of the three moments of an image to the next'),
  cues: z
    .number()
    .int()
    .min(1)
    .max(50)
    .default(6)
    .describe('groups of places that speak for the answers, by what is seen there'),
  seeds: z.number().int().min(1).max(100).default(3).describe('trainings, each with a seed of its own'),
  net: shape.net.default('small'),
  weights: shape.weights,
  size: shape.size.default(64).describe('side of the images that the network sees, in pixels'),
  outputStride: shape.outputStride,
  batch: shape.batch,
  epochs: shape.epochs.default(10),
  lr: shape.lr.default(0.05),
  optimizer: shape.optimizer,
  momentum: shape.momentum,
  nesterov: shape.nesterov,
  weightDecay: shape.weightDecay,
  decayNorms: shape.decayNorms,
  beta1: shape.beta1,
  beta2: shape.beta2,
  schedule: shape.schedule,
  rise: shape.rise,
  startDivisor: shape.startDivisor,
  endDivisor: shape.endDivisor,
  stepAt: shape.stepAt,
  stepFactor: shape.stepFactor,
  warmup: shape.warmup,
  ema: shape.ema,
  headRate: shape.headRate,
  freeze: shape.freeze,
  freezeBn: shape.freezeBn,
  smoothing: shape.smoothing.default(0),
  holdOut: shape.holdOut,
  checkpointEvery: shape.checkpointEvery,
  strict: shape.strict,
})

export type PretextOptions = z.output<typeof pretextOptions>

/** The training of one seed. */
export function trainingOf({
  controls,
  controlImages,
  seeds,
  tasks,
  step,
  cues,
  ...options
}: PretextOptions): TrainOptions {
  return trainOptions.parse({ ...options, objective: 'softmax', augment: 'none' })
}
