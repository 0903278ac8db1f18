/**
 * The engine for Node: ONNX Runtime's native binding.
 */
import { availableParallelism } from 'node:os'
import * as ort from 'onnxruntime-node'
import { GlasshouseError } from '../base/errors.ts'
import type { Computation } from '../graph/computation.ts'
import { encodeModel } from '../graph/onnx/encode.ts'
import { lowerForCpu } from '../graph/passes/lower-cpu.ts'
import type { DType, Tensor } from '../graph/tensor.ts'
import { type Device, devices, type Engine, type Program, type Tensors } from './engine.ts'

// What goes wrong is thrown, and told by whoever catches it; the engine's own log lines would come on top.
ort.env.logLevel = 'fatal'

export interface EngineOptions {
  device?: Device
  /** threads that one operator may use; all cores unless given */
  threads?: number
}

/** @throws GlasshouseError 'device-missing' where the machine, or this build of the runtime, lacks the device */
export async function createEngine({
  device = 'cpu',
  threads = availableParallelism(),
}: EngineOptions = {}): Promise<Engine> {
  if (device !== 'cpu' && !ort.listSupportedBackends().some(backend => backend.name === device))
    throw deviceMissing(device)
  const load = async (model: Uint8Array): Promise<Program> =>
    createProgram(await createSession(model, device, threads))
  const engine: Engine = {
    device,
    threads,
    batchNormForm: device === 'webgpu' ? 'decomposed' : 'engine',
    compile: (request: Computation) => load(encodeModel(device === 'cpu' ? lowerForCpu(request) : request)),
    load,
  }
  if (device !== 'cpu') await probe(engine)
  return engine
}

async function createSession(
  model: Uint8Array,
  device: Device,
  threads: number,
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      // Threads that wait by spinning would take the cores from whatever else runs: a second run, a decoder.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      graphOptimizationLevel: 'all',
      // A planned block for all activations would come on top of what the first run has allocated piece by piece.
      enableMemPattern: false,
      logSeverityLevel: 3,
    })
  } catch (error) {
    if (device !== 'cpu') throw deviceMissing(device, error)
    throw error
  }
}

function createProgram(session: ort.InferenceSession): Program {
  return {
    async run(feeds, into) {
      const inputs: Record<string, ort.Tensor> = {}
      for (const name of session.inputNames) {
        const feed = feeds[name]
        if (!feed)
          throw new Error(
            `the program needs the input '${name}'; it was given ${Object.keys(feeds).join(', ') || 'none'}`,
          )
        inputs[name] = toEngine(feed)
      }
      const fetches: Record<string, ort.Tensor | null> = {}
      for (const name of session.outputNames) fetches[name] = into?.[name] ? toEngine(into[name]) : null
      const outputs = await session.run(inputs, fetches)
      const results: Tensors = {}
      for (const name of session.outputNames) results[name] = into?.[name] ?? fromEngine(outputs[name])
      return results
    },
    dispose: () => session.release(),
  }
}

const toEngine = ({ dtype, shape, data }: Tensor): ort.Tensor =>
  new ort.Tensor(dtype as 'float32', data as Float32Array, shape)

const fromEngine = ({ type, dims, data }: ort.Tensor): Tensor =>
  ({ dtype: type as DType, shape: dims, data: data as Float32Array }) as Tensor

/** One small product, so that a device that cannot be opened is reported now and not in the middle of a run. */
async function probe(engine: Engine): Promise<void> {
  const { Graph } = await import('../graph/graph.ts')
  const { matmul } = await import('../graph/ops/linear.ts')
  const graph = new Graph()
  const x = graph.input('x', [2, 2])
  const program = await engine.compile({ graph, outputs: { y: matmul(x, x) } })
  await program.run({ x: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } })
  await program.dispose()
}

function deviceMissing(device: Device, cause?: unknown): GlasshouseError {
  const available = ort
    .listSupportedBackends()
    .map(backend => backend.name)
    .filter(name => name !== device && devices.some(known => known === name))
    .join(', ')
  const reason = cause instanceof Error ? cause.message.split('\n')[0].slice(0, 160) : undefined
  return new GlasshouseError({
    code: 'device-missing',
    what: `the device '${device}' cannot be used here`,
    where: '--device',
    expected: `one of ${available}`,
    got: reason,
    hint:
      device === 'cuda'
        ? 'CUDA needs an NVIDIA driver and the runtime’s CUDA files (see README); or leave --device out'
        : 'Leave --device out to compute on the CPU',
    cause,
  })
}
