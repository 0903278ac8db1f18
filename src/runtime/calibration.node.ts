/** What a calibration found, kept in the cache folder by engine, processor and number of threads. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { cacheFolder } from '../base/cache-folder.node.ts'
import { writeFileAtomic } from '../base/files.node.ts'
import type { Forms } from '../graph/passes/forms.ts'
import type { Engine } from './engine.ts'
import { formsSchema } from './forms-schema.ts'

/** The processor by name, the same on both sides of a restart. */
export const processor = (): string => cpus()[0]?.model.trim() || process.arch

/** Other engines, processors and numbers of threads have other limits. */
const madeFor = ({ version, device, threads }: Engine) => ({
  engine: version,
  device,
  threads,
  processor: processor(),
})

function pathFor(engine: Engine): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(madeFor(engine)))
    .digest('hex')
  return join(cacheFolder(), 'calibrations', `${hash.slice(0, 24)}.json`)
}

/** @returns the path of the file */
export async function keepForms(engine: Engine, forms: Forms): Promise<string> {
  const path = pathFor(engine)
  await writeFileAtomic(path, `${JSON.stringify({ ...madeFor(engine), forms }, undefined, 2)}\n`)
  return path
}

/** Undefined where this machine was not calibrated, or what is kept is damaged. */
export async function keptForms(engine: Engine): Promise<Forms | undefined> {
  try {
    const kept: unknown = JSON.parse(await readFile(pathFor(engine), 'utf8'))
    return z.object({ forms: formsSchema }).parse(kept).forms
  } catch {
    return undefined
  }
}
