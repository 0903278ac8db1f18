/**
 * The worker of the tab: networks run here, so that the page never stops. Nothing that comes in leaves the machine; the
 * worker asks for no address but those of its own program.
 */
import {
  createWork,
  decodePicture,
  type Engine,
  formOf,
  GlasshouseError,
  inputs,
  lensNamed,
  type Network,
  networkModel,
  openModel,
  type Picture,
  runLens,
  tsne,
  type WorkEvent,
} from '../../src/web.ts'
import { type Choice, chooseDevice, cpuEngine, isOfDevice, onCpu, runtimeFrom, words } from './device.ts'
import type { DeviceChoice, FromWorker, Problem, TabModel, TaskName, Tasks, ToWorker } from './messages.ts'
import { trainSmall } from './train.ts'
import { answers, drawnLayers, vectorsOf } from './vectors.ts'

const pictures = new Map<string, Picture>()
const stops = new Map<number, AbortController>()
let running: Choice | undefined
let asked: DeviceChoice = 'auto'
let network: Network | undefined
let source = 'model'

const post = (message: FromWorker) => postMessage(message)

type Handlers = {
  [Name in keyof Tasks]: (
    ask: Tasks[Name]['ask'],
    context: { signal: AbortSignal; emit: (event: WorkEvent) => void },
  ) => Promise<Tasks[Name]['answer']>
}

const handlers: Handlers = {
  async runtime({ wasm }) {
    runtimeFrom(wasm)
    return undefined
  },
  async open({ name, bytes, device }) {
    const opened = await openModel(bytes, { engine: await cpuEngine(), name })
    asked = device
    await take(opened.network, name)
    return describe(opened.notes)
  },
  async device({ device }) {
    asked = device
    if (network) await take(network, source)
    return undefined
  },
  async images({ files }) {
    const refused: { name: string; why: string }[] = []
    for (const { name, bytes } of files) {
      try {
        pictures.set(name, await decodePicture(bytes, name))
      } catch (error) {
        refused.push({ name, why: problemOf(error).what })
      }
    }
    return { refused }
  },
  async forget({ names }) {
    for (const name of names) pictures.delete(name)
    return undefined
  },
  async classify({ names }) {
    return { rows: await onDevice(engine => answers(engine, requireNetwork(), names.map(pictureOf))) }
  },
  async look({ lens: name, names, options }, work) {
    const began = performance.now()
    const lens = await lensNamed(name)
    const given: Record<string, unknown> = {}
    const images = names.map(path => ({ path, picture: pictureOf(path) }))
    let next = 0
    for (const { name, kind, atLeast } of formOf(lens).inputs) {
      if (kind === 'model') given[name] = { network: requireNetwork(), source }
      else if (kind === 'models') given[name] = [{ network: requireNetwork(), source }]
      else if (kind === 'sample') given[name] = inputs.sampleOf(images)
      else if (kind === 'pictures') given[name] = images
      else if (kind === 'picture' || kind === 'start') {
        if (next === images.length)
          throw new GlasshouseError({ code: 'usage', what: `this lens needs ${name}: choose another image` })
        given[name] = images[next++]
      } else if (atLeast > 0)
        throw new GlasshouseError({
          code: 'usage',
          what: `this lens needs ${name}, which a tab does not have`,
        })
    }
    const { result } = await onDevice(engine => runLens(lens, given, options, { engine, ...work }))
    return { result, seconds: (performance.now() - began) / 1000 }
  },
  async map({ names, perplexity }, work) {
    const { data, dim } = await vectors(names)
    const { maps } = await tsne(
      [{ data, dim }],
      { perplexity: Math.max(2, Math.min(perplexity, (names.length - 1) / 3)) },
      createWork(work),
    )
    const axis = (at: 0 | 1) => Float32Array.from({ length: names.length }, (_, row) => maps[0][2 * row + at])
    return { x: axis(0), y: axis(1) }
  },
  vectors: ({ names }) => vectors(names),
  async train({ classes, epochs }, work) {
    const trained = await trainSmall(
      // Its steps are small: the way to another device would take longer than they do.
      await cpuEngine(),
      classes.map(({ name, images }) => ({ name, pictures: images.map(pictureOf) })),
      { epochs, ...work },
    )
    await take(trained.network, 'a model in a minute')
    return { model: describe([]), accuracy: trained.accuracy }
  },
  async export() {
    return { bytes: Uint8Array.from(networkModel(requireNetwork(), { batch: 'dynamic' })) }
  },
}

/** Opens a network, on the device that was asked for. */
async function take(opened: Network, name: string): Promise<void> {
  running = await chooseDevice(opened, asked)
  network = opened
  source = name
  post({ id: 0, device: running.about })
}

/** Does something with a network; once more on WebAssembly where the device fails. */
async function onDevice<T>(task: (engine: Engine) => Promise<T>): Promise<T> {
  const { engine, about } = running ?? (await onCpu('no network is open'))
  try {
    return await task(engine)
  } catch (error) {
    if (about.device === 'cpu' || !isOfDevice(error)) throw error
    running = await onCpu(`WebGPU failed: ${words(error)}`)
    post({ id: 0, device: running.about })
    return task(running.engine)
  }
}

const vectors = (names: readonly string[]) =>
  onDevice(engine => vectorsOf(engine, requireNetwork(), names.map(pictureOf)))

function requireNetwork(): Network {
  if (network) return network
  throw new GlasshouseError({ code: 'usage', what: 'no model is open', hint: 'Open one, or train one here' })
}

function pictureOf(name: string): Picture {
  const picture = pictures.get(name)
  if (picture) return picture
  throw new GlasshouseError({ code: 'usage', what: `there is no image called ${name}` })
}

function describe(notes: readonly string[]): TabModel {
  const { head, net, preprocessing } = requireNetwork()
  return {
    name: source,
    net,
    ...(head.kind === 'classes' && { classes: [...head.classes] }),
    size: preprocessing.size,
    ...drawnLayers(requireNetwork()),
    notes: [...notes],
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof GlasshouseError) {
    const { what, expected, hint } = error
    return { what, hint: hint ?? (expected && `Expected: ${expected}.`) }
  }
  return { what: error instanceof Error ? error.message : String(error) }
}

addEventListener('message', async ({ data }: MessageEvent<ToWorker>) => {
  const { id, task } = data
  if (task === 'stop') {
    stops.get(id)?.abort()
    return
  }
  const abort = new AbortController()
  stops.set(id, abort)
  const context = { signal: abort.signal, emit: (event: WorkEvent) => post({ id, event }) }
  // Which of the pairs it is, the compiler cannot follow through a table.
  const run = handlers[task] as (ask: unknown, on: typeof context) => Promise<Tasks[TaskName]['answer']>
  try {
    post({ id, answer: await run(data.ask, context) })
  } catch (error) {
    post({ id, problem: abort.signal.aborted ? { what: 'stopped' } : problemOf(error) })
  } finally {
    stops.delete(id)
  }
})
