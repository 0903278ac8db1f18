/** The options of `train`, in the order in which --help lists them. */
import { z } from 'zod'
import { closestNames } from '../base/closest.ts'
import {
  centreCrop,
  faceAugmentation,
  photoAugmentation,
  plantAugmentation,
  uprightAugmentation,
} from '../data/augment.ts'
import { fits } from '../nets/architecture.ts'
import { architectures, isModelFile } from '../nets/architectures.ts'
import { outputStrideChoices } from '../nets/output-stride.ts'
import { objectiveFile } from '../objectives/file.ts'
import { type Objective, objectiveOptions } from '../objectives/objective.ts'
import { objectives } from '../objectives/registry.ts'
import { keyValues } from '../options/key-values.ts'
import { optimisers } from '../training/optimiser.ts'
import { schedules } from '../training/schedule.ts'

export const augmentations = {
  plant: plantAugmentation,
  upright: uprightAugmentation,
  photo: photoAugmentation,
  face: faceAugmentation,
  none: centreCrop,
}

export const trainOptions = z.object({
  net: z
    .string()
    .refine(name => architectures.has(name) || isModelFile(name), {
      error: ({ input }) =>
        `not a network: expected one of docs/networks.md, such as ${closestNames(String(input), architectures.keys(), 5).join(', ')}, or an .onnx file`,
    })
    .default('resnet18')
    .describe(
      'the network: an .onnx file to fine-tune, or a name of docs/networks.md, such as resnet50, convnext_tiny, vit_b_16, dinov2_small or small',
    )
    .meta({ kind: 'net' }),
  weights: z
    .string()
    .optional()
    .describe(
      'start from these weights: a .safetensors or .pth file, published weights that were pulled, or a run',
    )
    .meta({ kind: 'weights' }),
  objective: z
    .union([
      z.enum([...objectives.keys()] as [string, ...string[]]),
      z.string().regex(objectiveFile).meta({ value: 'FILE.ts' }),
    ])
    .default('softmax')
    .describe(
      'the loss: softmax trains a classifier, every other one an embedding; a .ts or .js file has your own; see `glasshouse objectives`',
    ),
  set: z.array(z.string()).default([]).describe('options of the objective, such as order=2'),
  smoothing: z.number().min(0).max(1).default(0.05).describe('label smoothing of softmax'),
  size: z
    .number()
    .int()
    .min(16)
    .max(1024)
    .optional()
    .describe(
      'side of the images that the network sees, in pixels; 97 unless given, or the network’s own where it does not take that; one more than a multiple of the output stride lets the cells of maps lie evenly on the image',
    ),
  fit: z
    .enum(fits)
    .default('crop')
    .describe(
      'how an image becomes a square: crop takes the centre, and random crops move a little; letterbox takes the whole with colour around it, squash the whole with its ratio changed',
    ),
  outputStride: z
    .enum(outputStrideChoices)
    .default('auto')
    .describe(
      'pixels between the cells of the last maps: auto takes the largest that gives maps of 6 x 6 cells or more (7 x 7 at 97 pixels, 8 x 8 at 64), or the network’s own (native) with --weights and below 48 pixels',
    ),
  batch: z.number().int().min(2).max(4096).default(32).describe('images in a step'),
  epochs: z.number().int().min(1).max(100000).default(25).describe('passes over the training images'),
  lr: z.number().positive().default(0.1).describe('peak learning rate'),
  optimizer: z.enum(optimisers).default('sgd').describe('how the parameters follow the gradient'),
  momentum: z.number().min(0).max(0.9999).default(0.9).describe('share of the last step that is kept (sgd)'),
  nesterov: z.boolean().default(true).describe('look ahead along the momentum'),
  weightDecay: z.number().min(0).default(0.0005).describe('pull of the parameters to zero'),
  decayNorms: z
    .boolean()
    .default(true)
    .describe(
      'pull normalisations and biases too, as an optimizer of PyTorch does unless it is given groups',
    ),
  beta1: z.number().min(0).lt(1).optional().describe('of adam and adamw: of the mean of the gradient; 0.9'),
  beta2: z.number().min(0).lt(1).optional().describe('of the mean of its square; 0.999'),
  schedule: z.enum(schedules).default('one-cycle').describe('how the learning rate changes over the run'),
  rise: z.number().gt(0).lt(1).default(0.3).describe('share of the run in which the rate of one-cycle rises'),
  startDivisor: z.number().min(1).default(25).describe('one-cycle begins at the peak rate over this'),
  endDivisor: z.number().min(1).default(10000).describe('and ends at that over this'),
  stepAt: z
    .array(z.number().gt(0))
    .default([0.5, 0.75])
    .describe('where the rate of the step schedule falls: shares of the run, or epochs'),
  stepFactor: z.number().gt(0).lt(1).default(0.1).describe('what it is multiplied by there'),
  warmup: z.number().int().min(0).default(0).describe('steps over which the rate rises linearly'),
  ema: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(
      'score and keep a running mean of the weights, of which each step keeps this share, such as 0.999',
    ),
  patience: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('end where this many epochs in a row were no better than the best'),
  dim: z.number().int().min(2).max(4096).default(64).describe('length of the vectors of an embedding'),
  perClass: z
    .number()
    .int()
    .min(2)
    .max(1024)
    .optional()
    .describe(
      'images of each class in a batch, for an embedding; 4, or more where a batch would need more classes than there are',
    ),
  headRate: z.number().min(0).default(1).describe('learning rate of the head as a multiple of --lr'),
  freeze: z
    .string()
    .optional()
    .describe('train nothing up to this layer; `pool` trains the head alone')
    .meta({ kind: 'layer' }),
  lora: z
    .number()
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe(
      'train the head, and updates of this rank beside the query and value weights of a transformer’s attention, and nothing else: 8 is usual',
    ),
  loraAlpha: z
    .number()
    .positive()
    .optional()
    .describe('the updates are scaled by this over their rank; the rank unless given'),
  freezeBn: z
    .boolean()
    .default(false)
    .describe('batch normalisations keep their statistics, scales and shifts'),
  augment: z
    .enum(Object.keys(augmentations) as [keyof typeof augmentations, ...(keyof typeof augmentations)[]])
    .default('plant')
    .describe(
      'plant: crop, both flips, transpose; upright: crop and mirror; photo: resized crop, mirror, colour jitter; face: crop and colours; none: the centre',
    ),
  randAugment: z
    .number()
    .int()
    .min(0)
    .max(30)
    .optional()
    .describe('also RandAugment, at this magnitude: 9 is usual'),
  randLayers: z.number().int().min(1).max(14).default(2).describe('operations of RandAugment on each image'),
  mixup: z
    .number()
    .positive()
    .optional()
    .describe('add each image of a batch to another one, with shares from Beta(X, X): 0.2 is usual'),
  cutmix: z
    .number()
    .positive()
    .optional()
    .describe('put a window of another image into each, with areas from Beta(X, X): 1 is usual'),
  classWeights: z
    .string()
    .meta({ value: 'balanced|FILE' })
    .optional()
    .describe(
      'how much images of a class count: balanced is images / (classes * images of the class); or a list class,weight',
    ),
  holdOut: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe('share of the images to test on, instead of the data’s own split'),
  holdOutClasses: z.number().gt(0).lt(1).optional().describe('share of the classes to test on'),
  holdOutBy: z
    .enum(['name', 'random'])
    .default('name')
    .describe('which classes --hold-out-classes tests on: the last by name, or a random choice'),
  coverage: z
    .enum(['largest-class', 'once'])
    .default('largest-class')
    .describe(
      'what an epoch of an embedding covers: each class filled up to the largest, or one group of each class',
    ),
  resume: z.string().optional().describe('continue this run from its last checkpoint').meta({ kind: 'run' }),
  checkpointEvery: z
    .number()
    .positive()
    .default(60)
    .describe('seconds between checkpoints within an epoch; each epoch ends with one'),
  forms: z
    .enum(['calibrated', 'usual'])
    .default('calibrated')
    .describe(
      'forms of a convolution: those that `glasshouse calibrate` found fastest on this machine, where it has run, or the usual ones; results differ in their last digits',
    ),
  strict: z.boolean().default(false).describe('an unreadable image is an error'),
})

export type TrainOptions = z.output<typeof trainOptions>

/** With this side residual networks have maps of 7 x 7 cells that lie evenly on the image. */
export const usualSize = 97

/** Where the side of the images is settled. */
export type SizedOptions = TrainOptions & { size: number }

const settings = z.record(z.string(), z.unknown())

/** The options of the objective, with defaults filled in. */
export function objectiveSettings(
  { smoothing, set }: TrainOptions,
  objective: Objective,
): Record<string, unknown> {
  const own = objective.name === 'softmax' ? { smoothing } : {}
  return settings.parse(objectiveOptions(objective, { ...own, ...keyValues(set, '--set') }))
}
