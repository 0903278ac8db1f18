/**
 * The engine for a browser tab or a Web Worker: ONNX Runtime compiled to WebAssembly, or its WebGPU build. Its operators
 * are the CPU's, so 'cpu' means WebAssembly here.
 *
 * A run on 'cpu' occupies the calling thread until it is done: a page that has to stay alive meanwhile creates the engine
 * in a Worker.
 */
import type * as Runtime from 'onnxruntime-web'
import { GlasshouseError } from '../base/errors.ts'
import type { Computation } from '../graph/computation.ts'
import { encodeModel } from '../graph/onnx/encode.ts'
import { lower } from '../graph/passes/lower.ts'
import type { Engine, Program } from './engine.ts'
import { deviceMissing, holdingProgramOf, onDevice, programOf, tryOut } from './session.ts'

export interface WebEngineOptions {
  device?: 'cpu' | 'webgpu'
  /**
   * Threads that one operator may use; all cores unless given. Always one where the page is not cross-origin isolated,
   * and for the whole page what its first engine asked for.
   */
  threads?: number
  /**
   * Where the runtime's .wasm and .mjs files are served, as a prefix; beside the bundle unless given. Or the content of
   * the .wasm file: then nothing is fetched, and there is one thread.
   */
  runtimeFiles?: string | Uint8Array<ArrayBuffer>
}

/** @throws GlasshouseError 'device-missing' where the browser has no WebGPU; 'runtime-missing' where its files are not found */
export async function createEngine({
  device = 'cpu',
  threads = Math.min(64, globalThis.navigator?.hardwareConcurrency ?? 1),
  runtimeFiles,
}: WebEngineOptions = {}): Promise<Engine> {
  if (device === 'webgpu' && !(await hasAdapter())) throw missing()
  const runtime = await (device === 'webgpu'
    ? import('onnxruntime-web/webgpu')
    : import('onnxruntime-web/wasm'))
  const { env } = runtime
  env.logLevel = 'fatal'
  // A page without isolation has no shared memory, so no threads.
  const mayShare = globalThis.crossOriginIsolated && typeof runtimeFiles !== 'object'
  env.wasm.numThreads ??= device === 'cpu' && mayShare ? threads : 1
  if (typeof runtimeFiles === 'string') env.wasm.wasmPaths = runtimeFiles
  else if (runtimeFiles) env.wasm.wasmBinary = runtimeFiles

  const modelOf = (request: Computation) => encodeModel(lower(request, device))
  const load: Engine['load'] = async model => {
    const session = await inTurn(device, () => createSession(runtime, model, device))
    const program = programOf(session, runtime.Tensor)
    return {
      run: (feeds, into) => inTurn(device, () => program.run(feeds, into)),
      dispose: () => inTurn(device, () => program.dispose()),
    } satisfies Program
  }
  const compileHolding: Engine['compileHolding'] = async (request, names) => {
    const model = modelOf(request)
    const session = await inTurn(device, () => createSession(runtime, model, device, names))
    const program = holdingProgramOf(session, runtime.Tensor, names)
    return {
      run: feeds => inTurn(device, () => program.run(feeds)),
      dispose: () => inTurn(device, () => program.dispose()),
    }
  }
  const engine: Engine = {
    device,
    threads: env.wasm.numThreads,
    compile: request => load(modelOf(request)),
    ...(device === 'webgpu' && { compileHolding }),
    load,
  }
  await tryOut(engine).catch(error => {
    if (error instanceof GlasshouseError) throw error
    throw device === 'webgpu' ? missing(error) : runtimeMissing(error)
  })
  return engine
}

/** Without an adapter the runtime would silently take its CPU kernels. Outside a page there may be no navigator. */
const hasAdapter = async (): Promise<boolean> =>
  globalThis.navigator !== undefined && 'gpu' in navigator && (await navigator.gpu.requestAdapter()) !== null

const createSession = (
  runtime: typeof Runtime,
  model: Uint8Array,
  device: 'cpu' | 'webgpu',
  held: readonly string[] = [],
): Promise<Runtime.InferenceSession> =>
  runtime.InferenceSession.create(model, {
    executionProviders: device === 'webgpu' ? ['webgpu', 'wasm'] : ['wasm'],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableMemPattern: false,
    ...(held.length && { preferredOutputLocation: onDevice(held) }),
    logSeverityLevel: 3,
  })

const last: Record<'cpu' | 'webgpu', Promise<unknown>> = { cpu: Promise.resolve(), webgpu: Promise.resolve() }

/** One task after the other: a build of the runtime has one memory in a page, in which it runs a program or loads one. */
function inTurn<T>(device: 'cpu' | 'webgpu', task: () => Promise<T>): Promise<T> {
  const result = last[device].then(task)
  last[device] = result.catch(() => {})
  return result
}

const missing = (cause?: unknown) =>
  deviceMissing(
    'webgpu',
    ['cpu'],
    'Use a browser with WebGPU, or leave the device out to compute on the CPU',
    cause,
  )

const runtimeMissing = (cause: unknown) =>
  new GlasshouseError({
    code: 'runtime-missing',
    what: 'ONNX Runtime cannot be started in this page',
    got: cause instanceof Error ? cause.message.split('\n')[0].slice(0, 200) : undefined,
    hint: 'Serve the .wasm and .mjs files of onnxruntime-web/dist and say where with the option runtimeFiles',
    fault: 'machine',
    cause,
  })
