/**
 * What a run is on disk: run.json says what was asked for and how it stands; everything else in the folder
 * follows from it. Plain data, read by the studio and by other programs.
 */
import type { Head, Preprocessing } from '../nets/network.ts'
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
    images: { train: number; test: number }
  }
  net: string
  head: Head
  preprocessing: Preprocessing
  objective: string
  objectiveOptions: Record<string, unknown>
  training: TrainingPlan
  seed: number
  device: string
  threads: number
  /** epochs finished */
  epochs: number
  /** epoch with the best score on the test split, and that score */
  best?: { epoch: number; score: number }
}

export type SplitPlan =
  | { kind: 'given' }
  | { kind: 'images'; share: number }
  | { kind: 'classes'; share: number; by?: 'name' | 'lot' }

export interface StepLine {
  kind: 'step'
  epoch: number
  step: number
  loss: number
  rate: number
  [statistic: string]: number | string
}

export interface EpochLine {
  kind: 'epoch'
  epoch: number
  step: number
  /** mean over the epoch's steps; absent for epoch 0, before training */
  loss?: number
  /** the same of what the objective watches */
  statistics?: Record<string, number>
  accuracy?: number
  perClass?: (number | null)[]
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
