/** The context that work is done in: an engine, a seed, somebody who watches, and a folder for what is made. */
import type { Work } from '../base/work.ts'
import type { Device, Engine } from './engine.ts'

/** What a user says of a model, in place of what its file says or leaves open. */
export interface ModelWishes {
  /** which value of an ONNX model is its output */
  readonly output?: string
  /** whether its numbers are scores of classes or an embedding */
  readonly as?: 'classes' | 'embedding'
  /** how an image becomes the square that it sees */
  readonly fit?: 'crop' | 'letterbox' | 'squash'
  /** names of the classes in the order of the outputs */
  readonly classes?: readonly string[]
}

export interface Context extends Work {
  /** seed of all randomness */
  readonly seed: number
  readonly device: Device
  /** how many threads the engine may use; its own choice when undefined */
  readonly threads?: number
  /** how models are to be read; as their files say where it is left out */
  readonly model?: ModelWishes
  /** executes graphs on `device` with `threads`; loaded when it is first asked for */
  engine(): Promise<Engine>
}

export interface OutputContext extends Context {
  /** the folder of the results, made when it is first asked for */
  out(): Promise<string>
  /** writes a file into `out()`, whole or not at all, and lists it in the result; returns its path */
  write(name: string, content: string | Uint8Array): Promise<string>
  /** lists a file or folder in the result that the work has written by itself */
  made(path: string): void
}
