/**
 * What a run is on disk: run.json says what was asked for and how it stands; everything else in the folder
 * follows from it. Plain data, read by the studio and by other programs; `record-schema.ts` checks what is read.
 */
import type { HeldOut, MomentBatchOptions } from '../data/video/moment-batches.ts'
import type { Forms } from '../graph/passes/forms.ts'
import type { Head, Preprocessing } from '../nets/network.ts'
import type { OwnFile } from '../objectives/file.ts'
import type { TrainingPlan } from '../training/plan.ts'

export interface RunRecord {
  /** of this layout */
  format: 1
  version: string
  status: 'running' | 'finished' | 'stopped' | 'diverged'
  data: {
    path: string
    fingerprint: string
    classes: string[]
    /** how train and test came about: as the data says, images held out, or classes held out */
    split: SplitPlan
    images: { train: number; val?: number; test: number }
  }
  /** the classes are forms that every image was given */
  pretext?: PretextPlan
  /** the classes are moments of montages */
  moments?: MomentsPlan
  net: string
  head: Head
  preprocessing: Preprocessing
  /** pixels between the cells of the last maps; the architecture's own where it is absent */
  outputStride?: number
  objective: string
  /** where the objective is the user's own */
  objectiveFile?: OwnFile
  objectiveOptions: Record<string, unknown>
  training: TrainingPlan
  seed: number
  device: string
  threads: number
  /** what a calibration of the machine that the run began on found; the usual ones where it is absent */
  forms?: Forms
  /** epochs finished */
  epochs: number
  /**
   * The best epoch, and its score on the test images; where there are validation images the epoch is chosen on them,
   * and `val` is the score that chose it.
   */
  best?: { epoch: number; score: number; val?: number }
}

/** On which images the best epoch is chosen, as a sentence for people. */
export function choiceOf({
  data: { images },
  pretext,
  moments,
}: Pick<RunRecord, 'data' | 'pretext' | 'moments'>): string {
  if ((pretext || moments) && images.test)
    return `the figures are those of the last epoch, of the ${images.test} test images`
  if (images.val)
    return `the best epoch is chosen on the ${images.val} validation images, the scores are of the ${images.test} test images`
  return images.test
    ? `the best epoch is chosen on the ${images.test} test images themselves, so its score is a little too good; a third split, val, would avoid that`
    : 'there are no test images: scores are of the training images and say nothing about others'
}

export type SplitPlan =
  | { kind: 'given' }
  | { kind: 'images'; share: number }
  /** `lot` is what earlier versions wrote for `random` */
  | { kind: 'classes'; share: number; by?: 'name' | 'random' | 'lot' }

export interface PretextPlan {
  task: string
  /** the forms of the training images are named at random: a control that can learn nothing */
  shuffled?: true
}

/** How moments are learned; see `data/video/moment-batches.ts`. */
export interface MomentsPlan extends MomentBatchOptions {
  heldOut: HeldOut
}

/** What a run is for, where that is not its data's own classes. */
export interface Purpose {
  pretext?: PretextPlan
  moments?: MomentsPlan
}

export interface StepLine {
  kind: 'step'
  epoch: number
  step: number
  loss: number
  rate: number
  [statistic: string]: number | string
}

/** What an epoch is chosen by: the accuracy of a classifier, or the recall at K of an embedding. */
export interface Scores {
  accuracy?: number
  recall?: Record<string, number>
}

export interface EpochLine {
  kind: 'epoch'
  epoch: number
  step: number
  /** mean over the epoch's steps; absent for epoch 0, before training */
  loss?: number
  /** the same of what the objective watches */
  statistics?: Record<string, number>
  /** on the validation images, where there are any; what follows is on the test images */
  val?: Scores
  accuracy?: number
  perClass?: (number | null)[]
  precision?: (number | null)[]
  f1?: (number | null)[]
  macroF1?: number
  recall?: Record<string, number>
  rPrecision?: number
  mapAtR?: number
  seconds: number
  imagesPerSecond?: number
}

export type LogLine = StepLine | EpochLine

export const checkpointName = (epoch: number): string =>
  `checkpoints/epoch-${String(epoch).padStart(4, '0')}.safetensors`
export const lastCheckpoint = 'checkpoints/last.safetensors'
export const embeddingsName = (epoch: number, split: string): string =>
  `embeddings/${split}-${String(epoch).padStart(4, '0')}.arrow`
export const tripletsName = (epoch: number, split: string): string =>
  `triplets/${split}-${String(epoch).padStart(4, '0')}.arrow`
