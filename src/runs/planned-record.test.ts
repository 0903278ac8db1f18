/** A run is taken up again by the options that it was begun with, and by no others. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { objectiveNamed } from '../objectives/registry.ts'
import { exampleRecord } from './fixtures/record.ts'
import { plannedRecord, requireSameRun, splitPlan, strideFor, trainingPlan } from './planned-record.node.ts'
import type { MomentsPlan, RunRecord } from './record.ts'
import { type TrainOptions, trainOptions } from './train-options.ts'

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-same-'))
const list = join(folder, 'weights.csv')
writeFileSync(list, 'daisy,1\nrose,2\ntulip,3\n')

const chosenFor = ({ objective }: TrainOptions) => ({ objective: objectiveNamed(objective) })

function recordFor(asked: TrainOptions, classWeights?: number[]): RunRecord {
  const example = exampleRecord()
  const options = { ...asked, size: asked.size ?? 97 }
  const chosen = chosenFor(options)
  const training = trainingPlan(options, chosen.objective, 3)
  return {
    ...example,
    ...plannedRecord({
      options,
      chosen,
      data: { ...example.data, split: splitPlan(options, false) },
      training,
      classWeights,
      outputStride: strideFor(options),
    }),
    preprocessing: { ...example.preprocessing, size: options.size },
  }
}

/** Without what is planned today and was not, and in the words of then. */
function asWrittenBefore(record: RunRecord): RunRecord {
  const { focal, ...objectiveOptions } = record.objectiveOptions
  const { oneCycle, steps, coverage, ...training } = record.training
  const { betas, ...optimiser } = training.optimiser
  const { split } = record.data
  const by = split.kind === 'classes' && split.by === 'random' ? 'lot' : undefined
  return {
    ...record,
    data: { ...record.data, split: split.kind === 'classes' ? { ...split, by } : split },
    objectiveOptions,
    training: { ...training, optimiser },
  }
}

/** For every option of `train` a value that is not the one of the run. */
const others = {
  net: 'small',
  weights: 'other.safetensors',
  objective: 'triplet',
  set: ['focal=2'],
  smoothing: 0.2,
  size: 64,
  fit: 'squash',
  outputStride: '8',
  batch: 8,
  epochs: 7,
  lr: 0.01,
  optimizer: 'adamw',
  momentum: 0.5,
  nesterov: false,
  weightDecay: 0.1,
  decayNorms: false,
  beta1: 0.8,
  beta2: 0.9,
  schedule: 'cosine',
  rise: 0.2,
  startDivisor: 10,
  endDivisor: 10,
  stepAt: [0.3],
  stepFactor: 0.5,
  warmup: 5,
  ema: 0.99,
  patience: 3,
  dim: 16,
  perClass: 8,
  headRate: 2,
  freeze: 'stage1',
  freezeBn: true,
  lora: 4,
  loraAlpha: 9,
  augment: 'none',
  randAugment: 9,
  randLayers: 3,
  mixup: 0.2,
  cutmix: 1,
  classWeights: list,
  holdOut: 0.5,
  holdOutClasses: 0.5,
  holdOutBy: 'random',
  coverage: 'once',
} satisfies Partial<Record<keyof TrainOptions, unknown>>

/** What an option needs beside it, in both, to matter. */
const beside: Partial<Record<keyof typeof others, object>> = {
  beta1: { optimizer: 'adam' },
  beta2: { optimizer: 'adam' },
  stepAt: { schedule: 'step' },
  stepFactor: { schedule: 'step' },
  dim: { objective: 'ep' },
  coverage: { objective: 'ep' },
  randLayers: { randAugment: 9 },
  loraAlpha: { lora: 4 },
  holdOutBy: { holdOutClasses: 0.5 },
}

/** They change no result. */
/** A run keeps the forms that it began with, whatever is asked for. */
const harmless = ['resume', 'checkpointEvery', 'strict', 'forms']

describe('a run that stands', () => {
  it('is compared in every option that changes the result', () => {
    expect([...Object.keys(others), ...harmless].sort()).toEqual(Object.keys(trainOptions.shape).sort())
  })

  const same = (record: RunRecord, given: object, seed = 0) => {
    const options = trainOptions.parse(given)
    return requireSameRun(record, options, chosenFor(options), { folder, seed })
  }

  it.each(Object.entries(others))('is refused where %s is %j', async (key, value) => {
    const before = { size: 96, ...beside[key as keyof typeof others] }
    const record = recordFor(trainOptions.parse(before))
    await same(record, before)
    await expect(same(record, { ...before, [key]: value })).rejects.toThrow('was begun with other options')
  })

  it('is refused with another seed, and where a list of class weights has changed', async () => {
    const record = recordFor(trainOptions.parse({ classWeights: list }), [1, 2, 3])
    await same(record, { classWeights: list })
    await expect(same(record, { classWeights: list }, 1)).rejects.toThrow('other options: seed')
    writeFileSync(list, 'daisy,1\nrose,2\ntulip,4\n')
    await expect(same(record, { classWeights: list })).rejects.toThrow(
      'other options: objectiveOptions.classWeights',
    )
  })

  it.each([
    [{}, { set: ['focal=2'] }],
    [{}, { rise: 0.2 }],
    [{ optimizer: 'adam' }, { beta2: 0.9 }],
    [{ schedule: 'step' }, { stepFactor: 0.5 }],
    [{ objective: 'ep' }, { coverage: 'once' }],
    [{ objective: 'ep', holdOutClasses: 0.5 }, { holdOutBy: 'random' }],
    [{ objective: 'ep', holdOutClasses: 0.5, holdOutBy: 'random' }, { holdOutBy: 'name' }],
  ])('that an earlier version began by %j goes on by that, and not with %j', async (given, other) => {
    const record = asWrittenBefore(recordFor(trainOptions.parse(given)))
    await same(record, given)
    await expect(same(record, { ...given, ...other })).rejects.toThrow('was begun with other options')
  })

  it('is refused with another plan of moments', async () => {
    const moments = { people: 2, moments: 4, within: 0.25, apart: 1.5, heldOut: { people: 0.34, videos: 0 } }
    const record = { ...recordFor(trainOptions.parse({})), moments }
    const options = trainOptions.parse({})
    const sameMoments = (plan?: MomentsPlan) =>
      requireSameRun(record, options, chosenFor(options), { folder, seed: 0, moments: plan })
    await sameMoments(moments)
    await expect(sameMoments({ ...moments, within: 0.5 })).rejects.toThrow('other options: moments.within')
    await expect(sameMoments()).rejects.toThrow('other options: moments')
  })

  it('goes on by the same rule of class weights, and with weights that decided its stride', async () => {
    const balanced = recordFor(trainOptions.parse({ classWeights: 'balanced' }), [1, 2, 3])
    await same(balanced, { classWeights: 'balanced' })
    const started = { ...recordFor(trainOptions.parse({ weights: 'a.safetensors' })), outputStride: 8 }
    await same(started, { weights: 'a.safetensors' })
  })
})
