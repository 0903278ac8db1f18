/** Which options of `train` go together: what contradicts itself, and what would have no effect, is refused. */
import { GlasshouseError } from '../base/errors.ts'
import { architectureNamed, isModelFile } from '../nets/architectures.ts'
import { outputStrideOf } from '../nets/output-stride.ts'
import { type ChosenObjective, isObjectiveFile } from '../objectives/file.ts'
import { bindObjective, type Objective, optionNames } from '../objectives/objective.ts'
import { rehearse } from '../objectives/rehearse.ts'
import { flagOf } from '../options/options.ts'
import { objectiveSettings, type TrainOptions, trainOptions, usualSize } from './train-options.ts'

type Key = keyof TrainOptions

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
  if (size !== undefined && size < minimumSize)
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
  if (!isModelFile(net)) outputStrideOf(net, size ?? usualSize, outputStride)
  else if (outputStride !== 'auto' && outputStride !== 'native')
    throw new GlasshouseError({
      code: 'output-stride',
      what: 'the strides of an ONNX model are its own',
      path: ['options', 'outputStride'],
      expected: 'native',
      got: outputStride,
    })
}

/** What only one schedule uses. */
const scheduleOptions: Partial<Record<Key, string>> = {
  rise: 'one-cycle',
  startDivisor: 'one-cycle',
  endDivisor: 'one-cycle',
  stepAt: 'step',
  stepFactor: 'step',
}

/** Why an option has no effect beside the others; undefined where it has one. */
function uselessness(key: Key, options: TrainOptions, objective: Objective): string | undefined {
  const { resume, optimizer, weightDecay, schedule, holdOutClasses } = options
  if (resume !== undefined)
    return ['resume', 'checkpointEvery', 'strict', 'epochs', 'patience'].includes(key) ||
      (key === 'objective' && isObjectiveFile(options.objective))
      ? undefined
      : 'a resumed run keeps the options that it began with; --epochs and --patience extend it'
  if ((key === 'mixup' || key === 'cutmix') && !objective.mixes)
    return `the objective ${objective.name} learns from whole images`
  if (key === 'classWeights' && objective.name !== 'softmax')
    return `the objective ${objective.name} has no weights of classes`
  if (key === 'randLayers' && options.randAugment === undefined) return 'there is no --rand-augment'
  if (key === 'smoothing' && objective.name !== 'softmax')
    return `the objective ${objective.name} has no label smoothing`
  if (key === 'dim' && objective.kind === 'classes') return 'a classifier has one output for every class'
  if ((key === 'perClass' || key === 'coverage') && !objective.balanced)
    return `batches for the objective ${objective.name} are not composed class by class`
  if ((key === 'momentum' || key === 'nesterov') && optimizer !== 'sgd')
    return `the optimizer ${optimizer} has no momentum of this kind`
  if ((key === 'beta1' || key === 'beta2') && optimizer === 'sgd') return 'they are of adam and adamw'
  if (key === 'decayNorms' && weightDecay === 0) return 'nothing is decayed'
  const ofSchedule = scheduleOptions[key]
  if (ofSchedule !== undefined && schedule !== ofSchedule) return `it is of the schedule ${ofSchedule}`
  if (key === 'loraAlpha' && options.lora === undefined) return 'there is no --lora'
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
