/** The context of work in Node: an engine that is loaded when it is first asked for, and a folder that is made then. */
import { isAbsolute, join, relative, resolve } from 'node:path'
import { makeFolder, writeInside } from '../base/files.node.ts'
import { createWork, type Work } from '../base/work.ts'
import type { ModelWishes, OutputContext } from './context.ts'
import type { Device, Engine } from './engine.ts'

export interface ContextOptions extends Partial<Work> {
  /** how models are to be read, where their files leave it open */
  model?: ModelWishes
  /** default 0 */
  seed?: number
  /** default cpu */
  device?: Device
  /** default: one per core */
  threads?: number
  /** the folder of the results, or what makes one when the first file is written; default: `glasshouse-results` */
  folder?: string | (() => Promise<string>)
}

export interface NodeContext extends OutputContext {
  /** the result folder, if one was needed so far, and what lies in it or was named by `made` */
  results(): { folder?: string; files: string[] }
}

/** A context for training and for lenses. Without `emit` it works silently. */
export function createContext({
  seed = 0,
  device = 'cpu',
  threads,
  folder: wanted = 'glasshouse-results',
  model,
  ...work
}: ContextOptions = {}): NodeContext {
  const paths = new Set<string>()
  let folder: string | undefined
  let making: Promise<string> | undefined
  let engine: Promise<Engine> | undefined
  const out = () => {
    making ??= (typeof wanted === 'string' ? makeFolder(wanted) : wanted()).then(path => (folder = path))
    return making
  }
  return {
    seed,
    device,
    threads,
    ...createWork(work),
    model,
    engine() {
      engine ??= import('./engine.node.ts').then(({ createEngine }) => createEngine({ device, threads }))
      return engine
    },
    out,
    async write(name, content) {
      const place = await out()
      await writeInside(place, name, content)
      const path = join(place, name)
      paths.add(path)
      return path
    },
    made: path => void paths.add(path),
    results: () => ({ folder, files: [...paths].map(path => fromFolder(path, folder)) }),
  }
}

/** Paths inside the result folder are relative to it, so that the folder can be moved; others stay as they are. */
function fromFolder(path: string, folder?: string): string {
  const inside = folder === undefined ? '..' : relative(resolve(folder), resolve(path))
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside
}
