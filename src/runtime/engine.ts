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

export interface Program {
  /**
   * Runs once. `feeds` holds every input and every parameter that was not compiled in, by name. Results land in
   * the arrays of `into` where given (of the right shape, not among the feeds), otherwise in fresh ones.
   */
  run(feeds: Readonly<Tensors>, into?: Readonly<Tensors>): Promise<Tensors>
  dispose(): Promise<void>
}

export interface Engine {
  readonly device: Device
  readonly threads: number
  compile(request: Computation): Promise<Program>
  /** loads a model file as it is, without our graph language */
  load(model: Uint8Array): Promise<Program>
}

/** Gives the engine, which is loaded when it is first asked for. */
export type OpenEngine = () => Promise<Engine>

/** Compiles, runs once and disposes: for computations that are not repeated. */
export async function evaluate(
  engine: Engine,
  request: Computation,
  feeds: Readonly<Tensors> = {},
): Promise<Tensors> {
  const program = await engine.compile(request)
  try {
    return await program.run(feeds)
  } finally {
    await program.dispose()
  }
}
