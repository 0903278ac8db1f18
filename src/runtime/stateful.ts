/**
 * A program with a state, such as a step of training: some of its outputs are what some of its parameters are next. On
 * the CPU the state lies in arrays that the next state overwrites, where nothing reads them any more, and changes places
 * with others elsewhere. On a device with memory of its own it stays there
 * from run to run, and is fetched when somebody asks for it: a step of ResNet-18 would move 90 MB each way otherwise.
 */
import { mapValues } from '../base/map-values.ts'
import type { Computation } from '../graph/computation.ts'
import { Graph } from '../graph/graph.ts'
import { identity } from '../graph/ops/elementwise.ts'
import { arrayTypes, type Shape, sizeOf, type Tensor, typedTensor } from '../graph/tensor.ts'
import type { DeviceTensor, Engine, HoldingProgram, Tensors } from './engine.ts'
import { overwritable } from './overwriting.ts'

export interface StatefulProgram {
  /** runs once, and goes on to the next state; gives the outputs, those that are the next state only where they are here */
  run(feeds: Readonly<Tensors>): Promise<Tensors>
  /** runs once, and drops what comes out */
  rehearse(feeds: Readonly<Tensors>): Promise<void>
  /** the state as it stands; valid until the next run */
  state(): Promise<Tensors>
  dispose(): Promise<void>
}

/**
 * Compiles a computation that goes on from `initial`, which it takes over: by the name of each parameter that is not
 * compiled in what it begins with.
 * @param nextName the output that says what a parameter is next
 */
export function compileStateful(
  engine: Engine,
  request: Computation,
  initial: Tensors,
  nextName: (parameter: string) => string,
): Promise<StatefulProgram> {
  return engine.compileHolding
    ? onDevice(engine.compileHolding, request, initial, nextName)
    : inArrays(engine, request, initial, nextName)
}

async function inArrays(
  engine: Engine,
  request: Computation,
  initial: Tensors,
  nextName: (parameter: string) => string,
): Promise<StatefulProgram> {
  const staying = overwritable(request, nextName)
  let current = initial
  let next = mapValues(initial, (tensor, name) => (staying.has(name) ? tensor : likeTensor(tensor)))
  const program = await engine.compile(request)
  const compute = (feeds: Readonly<Tensors>, into: Tensors) =>
    program.run(
      { ...current, ...feeds },
      Object.fromEntries(Object.entries(into).map(([name, tensor]) => [nextName(name), tensor])),
    )
  let whole = true
  return {
    async run(feeds) {
      whole = false
      const results = await compute(feeds, next)
      whole = true
      ;[current, next] = [next, current]
      return results
    },
    async rehearse(feeds) {
      await compute(feeds, inOnePlace(initial))
    },
    async state() {
      if (!whole) throw new Error('the last run failed, and may have overwritten a part of the state')
      return current
    },
    dispose: () => program.dispose(),
  }
}

/** Tensors of these kinds that all lie in the same memory: for results that nobody looks at. */
function inOnePlace(tensors: Tensors): Tensors {
  const bytes = Math.max(0, ...Object.values(tensors).map(({ data }) => data.byteLength))
  const place = new ArrayBuffer(bytes)
  return mapValues(tensors, ({ dtype, shape }) =>
    typedTensor(dtype, shape, new arrayTypes[dtype](place, 0, sizeOf(shape))),
  )
}

async function onDevice(
  compileHolding: NonNullable<Engine['compileHolding']>,
  request: Computation,
  initial: Tensors,
  nextName: (parameter: string) => string,
): Promise<StatefulProgram> {
  // Devices hold floats; the few integers of an objective go there and back.
  const names = Object.keys(initial)
  const held = names.filter(name => initial[name].dtype === 'float32')
  const copying = copies(held.map(name => [name, initial[name].shape]))
  const program = await compileHolding(request, held.map(nextName))
  let current: Readonly<Record<string, Tensor | DeviceTensor>> = initial
  let reader: HoldingProgram | undefined
  const advanced = async (feeds: Readonly<Tensors>) => {
    const { results, held } = await program.run({ ...current, ...feeds })
    const next = names.map(name => [name, held[nextName(name)] ?? results[nextName(name)]] as const)
    return { next: Object.fromEntries(next), results }
  }
  return {
    async run(feeds) {
      const { next, results } = await advanced(feeds)
      free(current)
      current = next
      return results
    },
    async rehearse(feeds) {
      free((await advanced(feeds)).next)
    },
    async state() {
      // Bindings differ in how a tensor is fetched from the device; every one returns the results of a program.
      reader ??= await compileHolding(copying, [])
      const { results } = await reader.run(Object.fromEntries(held.map(name => [name, current[name]])))
      return Object.fromEntries(
        names.map(name => [name, results[copyName(name)] ?? (current[name] as Tensor)]),
      )
    },
    async dispose() {
      free(current)
      await program.dispose()
      await reader?.dispose()
    },
  }
}

const copyName = (name: string): string => `copy:${name}`

function copies(tensors: readonly (readonly [string, Shape])[]): Computation {
  const graph = new Graph()
  const values = tensors.map(([name, shape]) => [copyName(name), identity(graph.input(name, shape))] as const)
  return { graph, outputs: Object.fromEntries(values) }
}

function free(tensors: Readonly<Record<string, Tensor | DeviceTensor>>): void {
  for (const tensor of Object.values(tensors)) if ('held' in tensor) tensor.dispose()
}

const likeTensor = ({ dtype, shape }: Tensor): Tensor =>
  typedTensor(dtype, shape, new arrayTypes[dtype](sizeOf(shape)))
