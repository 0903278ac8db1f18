/**
 * What networks run on. WebAssembly is there in every browser, and its numbers are those of Node. WebGPU is taken where
 * it gives the same numbers in less time: both are tried with the network that was opened, and where WebGPU fails later,
 * the work is done once more on WebAssembly.
 */
import { createEngine, type Engine, GlasshouseError, type Network } from '../../src/web.ts'
import type { DeviceAbout, DeviceChoice } from './messages.ts'
import { fraction, timedForward } from './probe.ts'

/** Most that WebGPU may differ, as a share of the largest number that the network gives. */
const tolerance = 1e-3

/** Milliseconds that WebGPU may take to start, and to answer once. */
const patience = 20_000

let runtime: Uint8Array<ArrayBuffer> | undefined
let cpu: Promise<Engine> | undefined
let gpu: Promise<Engine> | undefined

export interface Choice {
  engine: Engine
  about: DeviceAbout
}

/** The runtime from memory: then nothing is asked of a server, and WebGPU, whose runtime is another, is not tried. */
export function runtimeFrom(wasm: Uint8Array<ArrayBuffer>): void {
  runtime = wasm
}

export const cpuEngine = (): Promise<Engine> => (cpu ??= createEngine({ runtimeFiles: runtime }))

const gpuEngine = (): Promise<Engine> =>
  (gpu ??= createEngine({ device: 'webgpu', runtimeFiles: new URL('/runtime/', location.href).href }))

/** @param asked 'auto' measures */
export async function chooseDevice(network: Network, asked: DeviceChoice): Promise<Choice> {
  if (asked === 'cpu') return onCpu('as you chose')
  if (runtime) return onCpu('this file holds no WebGPU')
  let candidate: Engine
  try {
    candidate = await (asked === 'webgpu' ? gpuEngine() : inTime(gpuEngine()))
  } catch (error) {
    gpu = undefined
    return onCpu(isMissing(error) ? 'this browser gives no WebGPU' : `WebGPU does not start: ${words(error)}`)
  }
  if (asked === 'webgpu') return on(candidate, 'as you chose')
  try {
    const sure = await timedForward(await cpuEngine(), network)
    const fast = await inTime(timedForward(candidate, network))
    const apart = fraction(fast.output, sure.output)
    if (!(apart <= tolerance)) return onCpu(`WebGPU gives other numbers here, by ${apart.toExponential(0)}`)
    const times = fast.milliseconds / sure.milliseconds
    return times < 1
      ? on(candidate, `${(1 / times).toFixed(1)} times as fast as WebAssembly on this network`)
      : onCpu(`WebGPU takes ${times.toFixed(1)} times as long on this network`)
  } catch (error) {
    return onCpu(`WebGPU cannot run this network: ${words(error)}`)
  }
}

/** A driver may hang: nobody who has not chosen WebGPU waits for it. */
function inTime<T>(task: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, fail) => {
    setTimeout(() => fail(new Error(`no answer in ${patience / 1000} s`)), patience)
  })
  return Promise.race([task, late])
}

const on = (engine: Engine, why: string): Choice => ({
  engine,
  about: { device: engine.device === 'webgpu' ? 'webgpu' : 'cpu', threads: engine.threads, why },
})

export const onCpu = async (why: string): Promise<Choice> => on(await cpuEngine(), why)

/** Whether it is the device that failed, and not what was asked of it. */
export const isOfDevice = (error: unknown): boolean =>
  !(error instanceof GlasshouseError) && !(error instanceof DOMException && error.name === 'AbortError')

const isMissing = (error: unknown): boolean =>
  error instanceof GlasshouseError && error.code === 'device-missing' && error.cause === undefined

/** What an error says, in a line. The runtime begins with its own numbers and the place in its source. */
export const words = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .split('\n')[0]
    .replace(/^.*ERROR_MESSAGE: /, '')
    .replace(/^\S+\.(cc|h):\d+ .* was false\. /, '')
    .replace(/\.+$/, '')
    .slice(0, 160)
