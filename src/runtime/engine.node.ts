/**
 * The engine for Node: ONNX Runtime's native binding.
 */
import { availableParallelism } from 'node:os'
import * as ort from 'onnxruntime-node'
import { freeArray } from '../base/free.node.ts'
import type { Computation } from '../graph/computation.ts'
import { encodeModel } from '../graph/onnx/encode.ts'
import { lower, type PassName } from '../graph/passes/lower.ts'
import { blockOf } from './blocked-layout.ts'
import type { Device, Engine } from './engine.ts'
import { divided, feeding } from './outside-weights.ts'
import { deviceMissing, holdingProgramOf, onDevice, programOf, tryOut } from './session.ts'

// Errors are thrown and reported by the caller; the engine's own log lines would repeat them.
ort.env.logLevel = 'fatal'

export interface EngineOptions {
  device?: Device
  /** threads that one operator may use; all cores unless given */
  threads?: number
  /** bytes of weights that one model may hold; see outside-weights.ts */
  limit?: number
  /** passes to leave out, for measuring what they bring */
  withoutPasses?: readonly PassName[]
  /**
   * beginning of the path of a file for each program, in which the runtime writes when each operator ran, and how long;
   * with `.onnx` after it, the graph that the runtime has made of the last program
   */
  profile?: string
}

/** @throws GlasshouseError 'device-missing' where the machine, or this build of the runtime, lacks the device */
export async function createEngine({
  device = 'cpu',
  threads = availableParallelism(),
  limit,
  withoutPasses = [],
  profile,
}: EngineOptions = {}): Promise<Engine> {
  if (device !== 'cpu' && !backends().includes(device)) throw missing(device)
  const open = (model: Uint8Array, held: readonly string[] = []) =>
    createSession(model, { device, threads, profile, held })
  const load: Engine['load'] = async model => programOf(await open(model), ort.Tensor, freeArray)
  const block = device === 'cpu' ? await blockHere() : 1
  const modelOf = (request: Computation) =>
    encodeModel(lower(request, device, { without: withoutPasses, block }))
  const engine: Engine = {
    device,
    threads,
    version: ort.env.versions.node,
    async compile(whole) {
      const { request, outside } = divided(whole, limit)
      return feeding(await load(modelOf(request)), outside)
    },
    // Of all devices with memory of their own, the binding for Node holds tensors on this one alone.
    ...(device === 'webgpu' && {
      compileHolding: async (request, names) =>
        holdingProgramOf(await open(modelOf(request), names), ort.Tensor, names),
    }),
    load,
  }
  if (device !== 'cpu') await tryOut(engine)
  return engine
}

interface SessionOptions {
  device: Device
  threads: number
  profile: string | undefined
  /** outputs that stay on the device */
  held: readonly string[]
}

async function createSession(
  model: Uint8Array,
  { device, threads, profile, held }: SessionOptions,
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      // Threads that wait by spinning would take the cores from whatever else runs: a second run, a decoder.
      extra: {
        session: { intra_op: { allow_spinning: '0' } },
        // Of what has no input it would keep all results: the zeros, too, to which the gradient of a max pool is added,
        // 103 MB in a step at 224 pixels. A weight that is put in another form is no larger than its model.
        optimization: {
          constant_folding_max_output_size_in_bytes: String(Math.max(2 ** 20, model.byteLength)),
        },
      },
      graphOptimizationLevel: 'all',
      // A planned block for all activations would come on top of what the first run has allocated piece by piece.
      enableMemPattern: false,
      ...(held.length && { preferredOutputLocation: onDevice(held) }),
      ...(profile !== undefined && {
        enableProfiling: true,
        profileFilePrefix: profile,
        optimizedModelFilePath: `${profile}.onnx`,
      }),
      logSeverityLevel: 3,
    })
  } catch (error) {
    if (device !== 'cpu') throw missing(device, error)
    throw error
  }
}

/** Of this processor, for all engines. */
let knownBlock: Promise<number> | undefined
function blockHere(): Promise<number> {
  const settings: SessionOptions = { device: 'cpu', threads: 1, profile: undefined, held: [] }
  knownBlock ??= blockOf(async model => programOf(await createSession(model, settings), ort.Tensor))
  return knownBlock
}

const backends = (): string[] => ort.listSupportedBackends().map(({ name }) => name)

const missing = (device: Device, cause?: unknown) =>
  deviceMissing(
    device,
    backends(),
    device === 'cuda'
      ? 'CUDA needs an NVIDIA driver and the runtime’s CUDA files (see README); or leave --device out'
      : 'Leave --device out to compute on the CPU',
    cause,
  )
