/** Finds what lies beside a model and describes it: `model.json`, and Hugging Face's two files. */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { readBytes } from '../weights/file.node.ts'
import {
  type Described,
  type Description,
  describedBeside,
  describedByHuggingFace,
  descriptionError,
} from './description.ts'

/** A description is a few kilobytes; thousands of class names are a few hundred. */
const largest = 16 * 2 ** 20

/** @param path of the model */
export async function descriptionsBeside(path: string): Promise<Described> {
  const notes: string[] = []
  const beside = path.replace(/\.onnx$/i, '.json')
  let described: ReturnType<typeof describedBeside>
  if (beside !== path && existsSync(beside)) {
    described = describedBeside(await readJson(beside), beside)
    if (!described) notes.push(`${beside} is not used: it does not describe the model's images or classes`)
  }
  return { ...described, folder: await hubDescription(path), notes }
}

/** Exporters put the model into a folder `onnx` beside the files that describe it. */
async function hubDescription(path: string): Promise<Description | undefined> {
  const folder = dirname(path)
  const folders = basename(folder) === 'onnx' ? [folder, dirname(folder)] : [folder]
  for (const place of folders) {
    const files = ['config.json', 'preprocessor_config.json'].map(name => join(place, name))
    const present = files.filter(file => existsSync(file) && file !== path.replace(/\.onnx$/i, '.json'))
    if (present.length === 0) continue
    const [configuration, preparation] = await Promise.all(
      files.map(file => (present.includes(file) ? readJson(file).catch(() => undefined) : undefined)),
    )
    const described = describedByHuggingFace(configuration, preparation, present.join(' and '))
    if (described.classes || described.preprocessing || described.scores) return described
  }
  return undefined
}

async function readJson(path: string): Promise<unknown> {
  const bytes = await readBytes(path)
  if (bytes.byteLength > largest)
    throw new GlasshouseError({
      code: 'onnx-description',
      what: 'the file is too large to describe a model',
      where: path,
    })
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw descriptionError(path, (error as Error).message, error)
  }
}
