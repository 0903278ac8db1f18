/** What is known of a model, for menus and the drawing of its network. Kept in the cache, by what it was made of. */

import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { cacheFolder } from '../base/cache-folder.node.ts'
import { joined } from '../base/concurrent.ts'
import { sha256Of } from '../base/digest.node.ts'
import { writeFileAtomic } from '../base/files.node.ts'
import { version } from '../base/version.node.ts'
import { withoutEpoch } from '../runs/epoch-name.ts'
import { isRunFolder, readRecord } from '../runs/folder.node.ts'
import { namesModel, unknownModel } from '../runs/open-model.node.ts'
import type { ModelAbout } from './api.ts'
import { checkText } from './asked.ts'
import { runAside } from './side-process.ts'
import type { Studio } from './studio.ts'

const known = z.object({
  net: z.string(),
  size: z.number(),
  head: z.union([
    z.object({ kind: z.literal('classes'), classes: z.array(z.string()) }),
    z.object({ kind: z.literal('embedding'), dim: z.number() }),
  ]),
  layers: z.array(
    z.object({
      layer: z.string(),
      operator: z.string(),
      shape: z.array(z.number()),
      parameters: z.number(),
      multiplyAdds: z.number(),
    }),
  ),
  units: z.array(z.string()),
  parameters: z.number(),
  multiplyAdds: z.number(),
  notes: z.array(z.string()),
  drawing: z.string(),
})

/** By the file that is made: two processes would write into one folder at the same time. */
const inspecting = joined<z.output<typeof known>>()
const converting = joined<void>()

/** @throws GlasshouseError what `model inspect` says of a model that it cannot open */
export async function aboutModel(studio: Studio, model: string): Promise<ModelAbout> {
  await requireModel(studio, model)
  const folder = await keptIn(studio, model)
  const file = join(folder, 'about.json')
  const about = await inspecting(file, async () => {
    const kept = await readFile(file, 'utf8')
      .then(text => known.parse(JSON.parse(text)))
      .catch(() => undefined)
    return kept ?? inspect(studio, model, folder, file)
  })
  const epochs = await epochsOf(studio, model)
  return { model, ...about, ...(epochs && { epochs }) }
}

/** Refuses what is outside, and at once what is no model, as somebody types its name. */
async function requireModel(studio: Studio, model: string): Promise<void> {
  await checkText(studio, model, ['model'])
  const { base } = studio.folders
  if (!namesModel(model) && !namesModel(resolve(base, model))) throw unknownModel(model)
}

async function inspect({ folders, work }: Studio, model: string, folder: string, file: string) {
  await mkdir(folder, { recursive: true })
  const { metrics, notes } = await runAside(['model', 'inspect', model], folder, folders, work.signal)
  const drawing = await readFile(join(folder, 'network.svg'), 'utf8')
  const about = known.parse({ ...metrics, notes, drawing })
  await writeFileAtomic(file, JSON.stringify(about))
  return about
}

/** The network as an ONNX file; its path. */
export async function onnxOf(studio: Studio, model: string): Promise<string> {
  await requireModel(studio, model)
  const { folders, work } = studio
  if (/\.onnx$/i.test(model)) return folders.allowed(model)
  const folder = await keptIn(studio, model)
  const file = join(folder, 'network.onnx')
  await converting(file, async () => {
    if (existsSync(file)) return
    const made = join(folder, 'made')
    await mkdir(made, { recursive: true })
    await runAside(['model', 'convert', model, file], made, folders, work.signal)
  })
  return file
}

/** By the name of the model and the stamp of the file or run that it is in. */
async function keptIn({ folders }: Studio, model: string): Promise<string> {
  const place = await placeOf(folders.base, model)
  const key = sha256Of(`${version} ${folders.base} ${model} ${place}`)
  return join(cacheFolder(), 'studio', 'models', key.slice(0, 24))
}

async function placeOf(base: string, model: string): Promise<string> {
  const stamps: string[] = []
  for (const part of [model, withoutEpoch(model), model.slice(model.indexOf(':') + 1)]) {
    const place = resolve(base, part)
    for (const path of [place, join(place, 'run.json')]) {
      const found = await stat(path).catch(() => undefined)
      stamps.push(found?.isFile() ? `${found.ino} ${found.size} ${found.mtimeMs}` : '')
    }
  }
  return stamps.join(', ')
}

async function epochsOf({ folders }: Studio, model: string): Promise<number[] | undefined> {
  const place = await folders.allowed(withoutEpoch(model)).catch(() => undefined)
  if (!place || !isRunFolder(place) || !(await readRecord(place).catch(() => undefined))) return undefined
  const names = await readdir(join(place, 'checkpoints')).catch(() => [])
  return names
    .flatMap(name => /^epoch-(\d+)\.safetensors$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}
