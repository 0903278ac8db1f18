/** The context that a command works in, and the account of what it has made so far. */
import { isAbsolute, join, relative, resolve } from 'node:path'
import type { z } from 'zod'
import { makeFolder, writeFileAtomic } from '../base/files.node.ts'
import type { Engine } from '../runtime/engine.ts'
import type { CommandContext } from './command.ts'
import { freshFolder } from './out-folder.ts'
import type { commonOptions } from './parse.ts'
import { createTeller, type TextStream } from './progress.ts'

export interface Workplace {
  context: CommandContext
  /** the result folder, if one was needed so far, and what lies in it or was named by `made` */
  made(): { folder?: string; files: string[] }
}

export function createWorkplace(
  command: string,
  { seed, device, threads, json, quiet, out }: z.output<typeof commonOptions>,
  stderr: TextStream,
  signal: AbortSignal,
): Workplace {
  const teller = createTeller(stderr, quiet)
  const paths = new Set<string>()
  let folder: string | undefined
  let making: Promise<string> | undefined
  let engine: Promise<Engine> | undefined
  const outFolder = () => {
    making ??= (out === undefined ? freshFolder(command) : makeFolder(out)).then(path => (folder = path))
    return making
  }
  return {
    context: {
      seed,
      device,
      threads,
      json,
      signal,
      engine() {
        engine ??= import('../runtime/engine.node.ts').then(({ createEngine }) =>
          createEngine({ device, threads }),
        )
        return engine
      },
      out: outFolder,
      wantsFiles: out !== undefined,
      async write(name, content) {
        const path = join(await outFolder(), name)
        await writeFileAtomic(path, content)
        paths.add(path)
        return path
      },
      made: path => void paths.add(path),
      progress: teller.progress,
      note: teller.note,
    },
    made: () => ({ folder, files: [...paths].map(path => fromFolder(path, folder)) }),
  }
}

/** Paths inside the result folder are told from there, so that the folder can be moved; others as they are. */
function fromFolder(path: string, folder?: string): string {
  const inside = folder === undefined ? '..' : relative(resolve(folder), resolve(path))
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside
}
