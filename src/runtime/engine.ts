/**
 * What executes graphs. An Engine compiles a graph for one device; the Program it returns maps tensors to
 * tensors. This file is the interface; `engine.node.ts` and `engine.web.ts` implement it on ONNX Runtime's
 * bindings for Node and for browsers. Nothing else in the project knows which runtime it is.
 */
import type { Computation } from '../graph/computation.ts'
import type { Tensor } from '../graph/tensor.ts'

export const devices = ['cpu', 'webgpu', 'cuda'] as const
export type Device = (typeof devices)[number]

export type Tensors = Record<string, Tensor>

/** Names are those of its outputs: what `compile` was given. Element types are checked by `floats` and `integers`. */
export interface Program<Name extends string = string> {
  /**
   * Runs once. `feeds` holds every input and every parameter that was not compiled in, by name. Results land in
   * the arrays of `into` where given (of the right shape, not among the feeds), otherwise in fresh ones.
   */
  run(feeds: Readonly<Tensors>, into?: Readonly<Partial<Record<Name, Tensor>>>): Promise<Record<Name, Tensor>>
  dispose(): Promise<void>
}

/** A tensor in the memory of a device. Programs of the same engine take it as it is. */
export interface DeviceTensor {
  /** of the runtime's own class */
  readonly held: unknown
  /** frees its memory; it is not used again */
  dispose(): void
}

/** A program some of whose results stay on the device. */
export interface HoldingProgram {
  run(feeds: Readonly<Record<string, Tensor | DeviceTensor>>): Promise<{
    results: Tensors
    held: Record<string, DeviceTensor>
  }>
  dispose(): Promise<void>
}

export interface Engine {
  readonly device: Device
  readonly threads: number
  /** of the runtime: what caches hold of results depends on it */
  readonly version?: string
  compile<Name extends string>(request: Computation<Name>): Promise<Program<Name>>
  /** compiles a program whose outputs of these names stay on the device; absent where the device has no memory of its own */
  compileHolding?(request: Computation, names: readonly string[]): Promise<HoldingProgram>
  /** loads a model file as it is, without our graph language */
  load(model: Uint8Array): Promise<Program>
}

/** Gives the engine, which is loaded when it is first asked for. */
export type OpenEngine = () => Promise<Engine>

/** Compiles, runs once and disposes: for computations that are not repeated. */
export async function evaluate<Name extends string>(
  engine: Engine,
  request: Computation<Name>,
  feeds: Readonly<Tensors> = {},
): Promise<Record<Name, Tensor>> {
  const program = await engine.compile(request)
  try {
    return await program.run(feeds)
  } finally {
    await program.dispose()
  }
}
