/** What the page and its worker say to each other. Everything is plain data and typed arrays. */
import type { WorkEvent } from '../../src/base/work.ts'
import type { LayerAbout } from '../../src/nets/layers.ts'

export interface TabModel {
  name: string
  net: string
  /** absent where it ends in a vector */
  classes?: string[]
  /** side of the images that it sees */
  size: number
  parameters: number
  /** layers that a lens may look at */
  layers: LayerAbout[]
  /** the network as SVG, in which each box names its layer */
  drawing: string
  notes: string[]
}

/** What the person wants networks to run on: by default whatever is faster here. */
export const deviceChoices = ['auto', 'webgpu', 'cpu'] as const
export type DeviceChoice = (typeof deviceChoices)[number]

/** What networks run on, and why. */
export interface DeviceAbout {
  device: 'webgpu' | 'cpu'
  threads: number
  why: string
}

export interface Prediction {
  class: string
  probability: number
}

export interface TabMap {
  /** rows x 2 */
  x: Float32Array
  y: Float32Array
}

/** What can be asked, and what is answered, by name. */
export interface Tasks {
  /** the content of the runtime's .wasm file, where no server has it; asked first */
  runtime: { ask: { wasm: Uint8Array<ArrayBuffer> }; answer: undefined }
  open: { ask: { name: string; bytes: Uint8Array<ArrayBuffer>; device: DeviceChoice }; answer: TabModel }
  /** runs the open network, and those to come, on another device */
  device: { ask: { device: DeviceChoice }; answer: undefined }
  /** decodes images and keeps them under their names */
  images: {
    ask: { files: { name: string; bytes: Uint8Array<ArrayBuffer> }[] }
    answer: { refused: { name: string; why: string }[] }
  }
  forget: { ask: { names: string[] }; answer: undefined }
  classify: { ask: { names: string[] }; answer: { rows: Prediction[][] } }
  /** the result of a lens, as plain data */
  look: {
    ask: { lens: string; names: string[]; options: Record<string, unknown> }
    answer: { result: unknown; seconds: number }
  }
  /** a map of the vectors that the network gives; previews tell how it moves */
  map: { ask: { names: string[]; perplexity: number }; answer: TabMap }
  /** images x dim, row-major: what the network ends in before its classes */
  vectors: { ask: { names: string[] }; answer: { data: Float32Array; dim: number } }
  /** a small network from nothing */
  train: {
    ask: { classes: { name: string; images: string[] }[]; epochs: number }
    answer: { model: TabModel; accuracy: number }
  }
  /** the open network as an ONNX file */
  export: { ask: Record<string, never>; answer: { bytes: Uint8Array<ArrayBuffer> } }
}
export type TaskName = keyof Tasks

export type ToWorker =
  | { [Name in TaskName]: { id: number; task: Name; ask: Tasks[Name]['ask'] } }[TaskName]
  | { id: number; task: 'stop' }

export interface Problem {
  what: string
  hint?: string
}

export type FromWorker =
  | { id: number; event: WorkEvent }
  | { id: number; device: DeviceAbout }
  | { id: number; answer: Tasks[TaskName]['answer'] }
  | { id: number; problem: Problem }
