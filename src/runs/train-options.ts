/** The options of `train`, in the order in which --help lists them. */
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { centreCrop, photoAugmentation, plantAugmentation, uprightAugmentation } from '../data/augment.ts'
import { architectureNamed, architectures, isModelFile } from '../nets/architectures.ts'
import { outputStrideChoices, outputStrideOf } from '../nets/output-stride.ts'
import { type ChosenObjective, isObjectiveFile, objectiveFile } from '../objectives/file.ts'
import { bindObjective, type Objective, objectiveOptions, optionNames } from '../objectives/objective.ts'
import { objectives } from '../objectives/registry.ts'
import { rehearse } from '../objectives/rehearse.ts'
import { keyValues } from '../options/key-values.ts'
import { flagOf } from '../options/options.ts'
import { optimisers } from '../training/optimiser.ts'
import { schedules } from '../training/schedule.ts'

export const augmentations = {
  plant: plantAugmentation,
  upright: uprightAugmentation,
  photo: photoAugmentation,
  none: centreCrop,
}

export const trainOptions = z.object({
  net: z
    .string()
    .refine(name => architectures.has(name) || isModelFile(name), {
      error: `not a network: expected ${[...architectures.keys()].join(', ')}, or an .onnx file`,
    })
    .default('resnet18')
    .describe(`the network: an .onnx file to fine-tune, or one of ${[...architectures.keys()].join(', ')}`),
  weights: z
    .string()
    .optional()
    .describe(
      'start from these weights: a .safetensors or .pth file, published weights that were pulled, or a run',
    ),
  objective: z
    .union([
      z.enum([...objectives.keys()] as [string, ...string[]]),
      z.string().regex(objectiveFile).meta({ value: 'FILE.ts' }),
    ])
    .default('softmax')
    .describe(
      'softmax trains a classifier, every other objective an embedding; a .ts or .js file has one of your own',
    ),
  set: z.array(z.string()).default([]).describe('options of the objective, such as order=2'),
  smoothing: z.number().min(0).max(1).default(0.05).describe('label smoothing of softmax'),
  size: z
    .number()
    .int()
    .min(16)
    .max(1024)
    .default(97)
    .describe(
      'side of the pictures that the network sees, in pixels; one more than a multiple of the output stride lets the cells of maps lie evenly on the picture',
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
  weightDecay: z.number().min(0).default(0.0005).describe('pull of every parameter to zero'),
  schedule: z.enum(schedules).default('one-cycle').describe('how the learning rate changes over the run'),
  warmup: z.number().int().min(0).default(0).describe('steps over which the rate rises linearly'),
  dim: z.number().int().min(2).max(4096).default(64).describe('length of the vectors of an embedding'),
  perClass: z
    .number()
    .int()
    .min(2)
    .max(1024)
    .optional()
    .describe(
      'images of each class in a batch, for an embedding; 4 unless that takes more classes than there are',
    ),
  headRate: z.number().min(0).default(1).describe('learning rate of the head as a multiple of --lr'),
  freeze: z
    .string()
    .optional()
    .describe('leave everything up to this layer as it is; `pool` leaves the head alone to train'),
  freezeBn: z
    .boolean()
    .default(false)
    .describe('batch normalisations keep their statistics, scales and shifts'),
  augment: z
    .enum(Object.keys(augmentations) as [keyof typeof augmentations, ...(keyof typeof augmentations)[]])
    .default('plant')
    .describe(
      'plant: crop, both flips, transpose; upright: crop and mirror; photo: resized crop, mirror, light; none: the centre',
    ),
  holdOut: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe('share of the images to test on, instead of the data’s own split'),
  holdOutClasses: z.number().gt(0).lt(1).optional().describe('share of the classes to test on'),
  holdOutBy: z
    .enum(['name', 'lot'])
    .default('name')
    .describe('which classes --hold-out-classes tests on: the last by name, or a random choice'),
  coverage: z
    .enum(['largest-class', 'once'])
    .default('largest-class')
    .describe('of an embedding’s epoch: classes filled up to the largest, or one group of each class'),
  resume: z.string().optional().describe('go on with this run from its last checkpoint'),
  checkpointEvery: z
    .number()
    .positive()
    .default(60)
    .describe('seconds between checkpoints within an epoch; each epoch ends with one'),
  strict: z.boolean().default(false).describe('an unreadable image is an error'),
})

export type TrainOptions = z.output<typeof trainOptions>

type Key = keyof TrainOptions

const settings = z.record(z.string(), z.unknown())

/** The options of the objective, with defaults filled in. */
export function objectiveSettings(
  { smoothing, set }: TrainOptions,
  objective: Objective,
): Record<string, unknown> {
  const own = objective.name === 'softmax' ? { smoothing } : {}
  return settings.parse(objectiveOptions(objective, { ...own, ...keyValues(set, '--set') }))
}

/** Refuses what cannot be together, whatever the data. */
export function requireConsistent(options: TrainOptions, { objective, file }: ChosenObjective): void {
  const { net, size, weights, batch, dim, holdOut, holdOutClasses } = options
  const bound = bindObjective(objective, objectiveSettings(options, objective))
  // What it keeps must hold a batch.
  bound.state({ batch, dim })
  if (file) rehearse(bound, { batch, dim, classes: dim }, file.path)
  const fromElsewhere = isModelFile(net)
  if (fromElsewhere && weights)
    throw new GlasshouseError({
      code: 'weights-twice',
      what: 'an ONNX model brings its own weights',
      path: ['options', 'weights'],
      hint: 'Leave --weights out, or name one of our networks with --net',
    })
  const minimumSize = fromElsewhere ? 0 : architectureNamed(net).minimumSize
  if (size < minimumSize)
    throw new GlasshouseError({
      code: 'size-too-small',
      what: `${net} needs larger images`,
      path: ['options', 'size'],
      expected: `at least ${minimumSize}`,
      got: String(size),
    })
  requireOutputStride(options)
  if (holdOut !== undefined && holdOutClasses !== undefined)
    throw new GlasshouseError({
      code: 'options-exclude',
      what: '--hold-out and --hold-out-classes divide the data in two different ways',
      path: ['options', 'holdOutClasses'],
      hint: 'Leave one of them out',
    })
  if (holdOutClasses !== undefined && objective.kind === 'classes')
    throw new GlasshouseError({
      code: 'unseen-classes',
      what: 'a classifier cannot be tested on classes that it never saw',
      path: ['options', 'holdOutClasses'],
      hint: 'Use --hold-out, or an embedding objective such as epshn',
    })
}

function requireOutputStride({ net, size, outputStride }: TrainOptions): void {
  if (!isModelFile(net)) outputStrideOf(net, size, outputStride)
  else if (outputStride !== 'auto' && outputStride !== 'native')
    throw new GlasshouseError({
      code: 'output-stride',
      what: 'the strides of an ONNX model are its own',
      path: ['options', 'outputStride'],
      expected: 'native',
      got: outputStride,
    })
}

/** Why an option has no effect beside the others; undefined where it has one. */
function uselessness(key: Key, options: TrainOptions, objective: Objective): string | undefined {
  const { resume, optimizer, holdOutClasses } = options
  if (resume !== undefined)
    return ['resume', 'checkpointEvery', 'strict'].includes(key) ||
      (key === 'objective' && isObjectiveFile(options.objective))
      ? undefined
      : 'a run that is resumed goes on with the options that it began with'
  if (key === 'smoothing' && objective.name !== 'softmax')
    return `the objective ${objective.name} has no label smoothing`
  if (key === 'dim' && objective.kind === 'classes') return 'a classifier has one output for every class'
  if ((key === 'perClass' || key === 'coverage') && !objective.balanced)
    return `batches for the objective ${objective.name} are not composed class by class`
  if ((key === 'momentum' || key === 'nesterov') && optimizer !== 'sgd')
    return `the optimizer ${optimizer} has no momentum of this kind`
  if (key === 'holdOutBy' && holdOutClasses === undefined) return 'no classes are held out'
  return undefined
}

const isOption = (key: string): key is Key => key in trainOptions.shape

/** Those of the options that have an effect beside the others. */
export const usedOptions = (given: Iterable<string>, options: TrainOptions, objective: Objective): string[] =>
  [...given].filter(key => isOption(key) && uselessness(key, options, objective) === undefined)

/** Refuses options that were given and have no effect: whoever gave them expects one. */
export function requireUsed(given: Iterable<string>, options: TrainOptions, objective: Objective): void {
  for (const key of given) {
    const why = isOption(key) ? uselessness(key, options, objective) : undefined
    if (why === undefined) continue
    const { name } = objective
    const own = optionNames(objective)
    const concernsObjective = ['smoothing', 'dim', 'perClass', 'coverage'].includes(key)
    throw new GlasshouseError({
      code: 'option-unused',
      what: `this option would have no effect: ${why}`,
      where: flagOf(key),
      hint:
        concernsObjective && options.resume === undefined && own.length
          ? `Leave it out; options of ${name} are given with --set: ${own.join(', ')}`
          : 'Leave it out',
    })
  }
}
