/**
 * What the engines on ONNX Runtime share: its bindings for Node and for browsers have one interface, so a session of
 * either becomes a Program here, and a device is tried with a small product before anyone relies on it.
 */
import type { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-common'
import { GlasshouseError } from '../base/errors.ts'
import { Graph } from '../graph/graph.ts'
import { matmul } from '../graph/ops/linear.ts'
import { arrayTypes, type DType, float32, type Tensor, typedTensor } from '../graph/tensor.ts'
import {
  type Device,
  type DeviceTensor,
  devices,
  type Engine,
  type HoldingProgram,
  type Program,
  type Tensors,
} from './engine.ts'

/** The tensor class of a binding: it recognises only its own. */
type TensorClass = new (
  type: RuntimeTensor['type'],
  data: RuntimeTensor['data'],
  dims: readonly number[],
) => RuntimeTensor

/**
 * @param free for a binding that writes results into arrays that it is given, and makes copies besides, 90 MB in a step of
 * ResNet-18: what becomes of those
 */
export function programOf(
  session: InferenceSession,
  OwnTensor: TensorClass,
  free?: (copy: ArrayBufferView) => void,
): Program {
  const toRuntime = runtimeTensors(OwnTensor)
  return {
    async run(feeds, into) {
      const inputs = inputsOf(session, feeds, toRuntime)
      const fetches: Record<string, RuntimeTensor | null> = {}
      for (const name of session.outputNames)
        fetches[name] = into?.[name] && free ? toRuntime(into[name]) : null
      const outputs = await session.run(inputs, fetches)
      const results: Tensors = {}
      for (const name of session.outputNames) {
        const target = into?.[name]
        const result = fromRuntime(outputs[name])
        if (target && free) {
          if (result.data.buffer !== target.data.buffer) free(result.data)
        } else if (target) copyInto(target, result)
        results[name] = target ?? result
      }
      return results
    },
    dispose: () => session.release(),
  }
}

/** A program some of whose results stay on the device: the session was created with `preferredOutputLocation` for them. */
export function holdingProgramOf(
  session: InferenceSession,
  OwnTensor: TensorClass,
  names: readonly string[],
): HoldingProgram {
  const toRuntime = runtimeTensors(OwnTensor)
  const stay = new Set(names)
  return {
    async run(feeds) {
      const inputs = inputsOf(session, feeds, feed =>
        'held' in feed ? (feed.held as RuntimeTensor) : toRuntime(feed),
      )
      const outputs = await session.run(inputs)
      const results: Tensors = {}
      const held: Record<string, DeviceTensor> = {}
      for (const name of session.outputNames)
        if (stay.has(name)) held[name] = { held: outputs[name], dispose: () => outputs[name].dispose() }
        else results[name] = fromRuntime(outputs[name])
      return { results, held }
    },
    dispose: () => session.release(),
  }
}

/** As a session is asked to leave outputs where they are. */
export const onDevice = (names: readonly string[]): Record<string, 'gpu-buffer'> =>
  Object.fromEntries(names.map(name => [name, 'gpu-buffer']))

function inputsOf<Feed>(
  session: InferenceSession,
  feeds: Readonly<Record<string, Feed>>,
  toRuntime: (feed: Feed) => RuntimeTensor,
): Record<string, RuntimeTensor> {
  const inputs: Record<string, RuntimeTensor> = {}
  for (const name of session.inputNames) {
    const feed = feeds[name]
    if (!feed)
      throw new Error(
        `the program needs the input '${name}'; it was given ${Object.keys(feeds).join(', ') || 'none'}`,
      )
    inputs[name] = toRuntime(feed)
  }
  return inputs
}

const runtimeTensors =
  (OwnTensor: TensorClass) =>
  ({ dtype, shape, data }: Tensor): RuntimeTensor => {
    if (dtype === 'bfloat16') throw new Error('the engine takes no bfloat16 tensors from outside a model')
    return new OwnTensor(dtype, data, shape)
  }

function copyInto(target: Tensor, { data }: Tensor): void {
  const bytes = (array: Tensor['data']) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  bytes(target.data).set(bytes(data))
}

/** Half precision stays raw bits, also where the language has an array type for it. */
function fromRuntime({ type, dims, data }: RuntimeTensor): Tensor {
  if (!isElementType(type) || !ArrayBuffer.isView(data))
    throw new Error(`the engine returns a tensor of type ${type}, which has no use here`)
  const bits = type === 'float16' && !(data instanceof Uint16Array)
  return typedTensor(type, dims, bits ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data)
}

const isElementType = (type: string): type is DType => Object.hasOwn(arrayTypes, type)

/** One small product, so that a device that cannot be opened is reported now and not in the middle of a run. */
export async function tryOut(engine: Engine): Promise<void> {
  const graph = new Graph()
  const x = graph.input('x', [2, 2])
  const program = await engine.compile({ graph, outputs: { y: matmul(x, x) } })
  await program.run({ x: float32([2, 2], [1, 2, 3, 4]) })
  await program.dispose()
}

/** @param backends names of what this build of the runtime can run on */
export function deviceMissing(
  device: Device,
  backends: readonly string[],
  hint: string,
  cause?: unknown,
): GlasshouseError {
  const available = backends.filter(name => name !== device && devices.some(known => known === name))
  return new GlasshouseError({
    code: 'device-missing',
    what: `the device '${device}' cannot be used here`,
    path: ['options', 'device'],
    expected: `one of ${available.join(', ')}`,
    got: cause instanceof Error ? cause.message.split('\n')[0].slice(0, 160) : undefined,
    hint,
    cause,
  })
}
