/** What is open in this tab. It lives as long as the page: nothing is stored and nothing is sent. */
import { computed, signal } from '@preact/signals'
import type { Picture } from '../../../src/base/picture.ts'
import { createCanvas, imageDataOf } from '../../../src/figures/canvas.web.ts'
import type { Drawing } from '../../../src/lenses/lens.ts'
import { lineOf } from '../../../src/options/words.ts'
import { client } from '../../client.ts'
import { type Failure, failureOf } from '../../failure.ts'
import { groupBy } from '../../group.ts'
import { createReel, type Reel } from '../../parts/export/reel.ts'
import { type Running, run } from '../../tab/client.ts'
import type { DeviceChoice, Prediction, TabModel } from '../../tab/messages.ts'
import { spaced } from '../../words.ts'

export interface TabImage {
  name: string
  /** an address that only this page knows */
  src: string
  /** what the person says it shows, for the training */
  label: string
  answers?: Prediction[]
}

export const model = signal<TabModel | undefined>(undefined)
export const images = signal<readonly TabImage[]>([])
/** The images of each class that a person named. */
export const classes = computed(() =>
  groupBy(
    images.value.filter(({ label }) => label),
    ({ label }) => label,
  ),
)
export const chosen = signal<readonly string[]>([])
export const failure = signal<Failure | undefined>(undefined)
/** what is under way, and how far */
export const work = signal<
  | { title: string; stage?: { name: string; done: number; total: number; note?: string }; stop(): void }
  | undefined
>(undefined)
export const preview = signal<string | undefined>(undefined)
export const found = signal<
  | {
      lens: string
      title: string
      drawing: Drawing
      seconds: number
      line: string
      /** what it looked like meanwhile, as addresses of images */
      grown: readonly string[]
      again: Again
    }
  | undefined
>(undefined)
export interface TabMap {
  names: readonly string[]
  x: Float32Array
  y: Float32Array
}
/** What was asked for, so that an exported lens does it when it is opened. */
export type Again = { lens: string; options: Record<string, unknown>; most: number } | { perplexity: number }

type Bytes = Uint8Array<ArrayBuffer>

/** The open model as the worker has it, as ONNX. */
const modelOfWorker = async (): Promise<Bytes> => (await run('export', {}).result).bytes

/** The file of the open model, read again when it is wanted: a tab has no memory to spare for it. */
export let modelFile = modelOfWorker

/** How an exported lens is made; a file that was taken from the studio makes none. */
export const lensFiles = signal<((asked: LensFileAsked) => Promise<Blob>) | undefined>(undefined)
export interface LensFileAsked {
  title: string
  line: string
  again: Again
}

export const map = signal<TabMap | undefined>(undefined)
/** The map as it moved into place, for a film of it. */
export let mapReel = createReel<TabMap>()

/** Says on the page what went wrong. */
function say(error: unknown): void {
  failure.value = failureOf(error)
}

/** Runs a task and shows how far it is; what goes wrong is said on the page. */
async function watched<T>(
  title: string,
  begin: (watch: Parameters<typeof run>[2]) => Running<T>,
  onPoints?: (x: Float32Array, y: Float32Array) => void,
  reel?: Reel<string>,
): Promise<T | undefined> {
  failure.value = undefined
  preview.value = undefined
  const stages = new Map<number, { name: string; done: number; total: number; note?: string }>()
  // Another task may have begun meanwhile; what is shown is then its own.
  const isShown = () => work.value?.stop === running.stop
  const show = () => {
    const [stage] = stages.values()
    if (work.value && isShown()) work.value = { ...work.value, stage }
  }
  const running = begin(event => {
    if (event.kind === 'stage')
      stages.set(event.id, { name: event.stage, done: event.from, total: event.total })
    if (event.kind === 'progress')
      stages.set(event.id, { name: event.stage, done: event.done, total: event.total, note: event.note })
    if (event.kind === 'end') stages.delete(event.id)
    if (event.kind === 'preview') {
      if ('points' in event) onPoints?.(event.points.x, event.points.y)
      else if (isShown()) {
        preview.value = drawn(event.image)
        reel?.add(preview.value)
      }
      return
    }
    show()
  })
  work.value = { title, stop: running.stop }
  try {
    return await running.result
  } catch (error) {
    const wrong = failureOf(error)
    if (wrong.what !== 'stopped') failure.value = wrong
    return undefined
  } finally {
    if (isShown()) {
      work.value = undefined
      preview.value = undefined
    }
  }
}

function drawn(picture: Picture): string {
  const canvas = document.createElement('canvas')
  canvas.width = picture.width
  canvas.height = picture.height
  canvas.getContext('2d')?.putImageData(imageDataOf(picture), 0, 0)
  return canvas.toDataURL()
}

/** What the person wants networks to run on; settings.ts keeps it in the address. */
export const deviceChoice = signal<DeviceChoice>('auto')

export async function openModel(name: string, file: () => Promise<Bytes>): Promise<void> {
  const device = deviceChoice.value
  const bytes = await file().catch(say)
  const opened =
    bytes && (await watched(`opening ${name}`, watch => run('open', { name, bytes, device }, watch)))
  if (!opened) return
  model.value = opened
  modelFile = file
  found.value = undefined
  map.value = undefined
  await classify()
}

export async function changeDevice(): Promise<void> {
  const device = deviceChoice.value
  await watched('trying the device', watch => run('device', { device }, watch))
}

/** A model of the studio's runs, fetched from the studio's own server. */
export async function openRun(name: string): Promise<void> {
  await openModel(name, () => client.modelBytes(name))
}

const isModel = (name: string): boolean => /\.(onnx|safetensors|pth|pt)$/i.test(name)

/** Takes what was dropped or chosen: models by their names, everything else as images. */
export async function takeFiles(files: Iterable<File>, label = ''): Promise<void> {
  const taken: { name: string; bytes: Uint8Array<ArrayBuffer>; file: File; label: string }[] = []
  for (const file of files) {
    const read = async () => new Uint8Array(await file.arrayBuffer())
    if (isModel(file.name)) await openModel(file.name, read)
    else {
      const bytes = await read()
      const folder = file.webkitRelativePath.split('/').at(-2)
      taken.push({ name: nameFor(file.name, taken), bytes, file, label: label || folder || '' })
    }
  }
  if (taken.length) await takeImages(taken)
}

export async function takeImages(
  taken: readonly { name: string; bytes: Uint8Array<ArrayBuffer>; file: Blob; label: string }[],
): Promise<void> {
  const answer = await watched('decoding images', watch =>
    run('images', { files: taken.map(({ name, bytes }) => ({ name, bytes })) }, watch),
  )
  if (!answer) return
  const refused = new Set(answer.refused.map(({ name }) => name))
  const added = taken
    .filter(({ name }) => !refused.has(name))
    .map(({ name, file, label }) => ({ name, label, src: URL.createObjectURL(file) }))
  images.value = [...images.value, ...added]
  chooseEnough()
  if (answer.refused.length)
    failure.value = {
      what: `${answer.refused.length} of ${taken.length} files could not be read as images.`,
      hint: answer.refused[0].why,
    }
  await classify()
}

/** Lenses take one image or two: where nobody has clicked on as many, the first ones are chosen. */
function chooseEnough(): void {
  const others = images.value.map(({ name }) => name).filter(name => !chosen.value.includes(name))
  if (chosen.value.length < 2) chosen.value = [...chosen.value, ...others].slice(0, 2)
}

export function nameFor(name: string, taken: readonly { name: string }[]): string {
  const isTaken = (one: string) => [...images.value, ...taken].some(other => other.name === one)
  if (!isTaken(name)) return name
  let number = 2
  while (isTaken(`${number} ${name}`)) number++
  return `${number} ${name}`
}

export function forget(name: string): void {
  const image = images.value.find(one => one.name === name)
  if (image) URL.revokeObjectURL(image.src)
  images.value = images.value.filter(one => one.name !== name)
  chosen.value = chosen.value.filter(one => one !== name)
  chooseEnough()
  run('forget', { names: [name] }).result.catch(say)
}

export async function classify(): Promise<void> {
  if (!model.value?.classes || images.value.length === 0) return
  const names = images.value.map(({ name }) => name)
  const answer = await watched('looking at the images', watch => run('classify', { names }, watch))
  if (!answer) return
  images.value = images.value.map(image => {
    const at = names.indexOf(image.name)
    return at < 0 ? image : { ...image, answers: answer.rows[at] }
  })
}

export async function look(lens: string, options: Record<string, unknown>, most = 1): Promise<void> {
  const names = chosen.value.slice(0, most)
  found.value = undefined
  const reel = createReel<string>()
  const answer = await watched(lens, watch => run('look', { lens, names, options }, watch), undefined, reel)
  if (!answer) return
  try {
    const { lensNamed } = await import('../../../src/lenses/registry.ts')
    const definition = await lensNamed(lens)
    const artist = await definition.draw()
    // What these lenses draw is all in their result.
    const drawing = await artist.draw(answer.result, createCanvas(), {})
    found.value = {
      lens,
      title: definition.title,
      drawing,
      seconds: answer.seconds,
      line: commandOf(lens, names, options),
      grown: reel.items(),
      again: { lens, options, most },
    }
  } catch (error) {
    say(error)
  }
}

/** What to type in a terminal, in the folder of the model and the images. */
function commandOf(lens: string, names: readonly string[], options: Record<string, unknown>): string {
  const flags = Object.entries(options).flatMap(([name, value]) => [
    `--${spaced(name).replaceAll(' ', '-')}`,
    String(value),
  ])
  return `glasshouse ${lineOf([lens, model.value?.name ?? 'MODEL', ...names, ...flags])}`
}

export async function layOut(perplexity: number): Promise<void> {
  const names = images.value.map(({ name }) => name)
  mapReel = createReel()
  const put = (x: Float32Array, y: Float32Array) => {
    map.value = { names, x, y }
    mapReel.add(map.value)
  }
  const answer = await watched('map of the images', watch => run('map', { names, perplexity }, watch), put)
  if (answer) put(answer.x, answer.y)
}

export async function train(epochs: number): Promise<number | undefined> {
  const given = [...classes.value].map(([name, images]) => ({ name, images: images.map(({ name }) => name) }))
  const answer = await watched('training', watch => run('train', { classes: given, epochs }, watch))
  if (!answer) return undefined
  model.value = answer.model
  modelFile = modelOfWorker
  found.value = undefined
  map.value = undefined
  await classify()
  return answer.accuracy
}

/** The open model as an ONNX file; undefined where that fails, which is said on the page. */
export async function exportModel(): Promise<Blob | undefined> {
  try {
    return new Blob([await modelOfWorker()], { type: 'application/octet-stream' })
  } catch (error) {
    say(error)
    return undefined
  }
}
