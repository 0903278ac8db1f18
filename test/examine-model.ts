/**
 * Examines how an ONNX model fares here: its results against the engine's own run of the file, and the gradient of a
 * weighted sum of its outputs against central differences of that run. The suite of ONNX and the tests of single
 * operators share it.
 */
import { GlasshouseError } from '../src/base/errors.ts'
import { random } from '../src/base/random.ts'
import { toFloat32 } from '../src/graph/element-types.ts'
import { gradient } from '../src/graph/gradient.ts'
import { Graph, isFloat, type Value } from '../src/graph/graph.ts'
import { decodeModel } from '../src/graph/onnx/decode.ts'
import { layModel, weightsOf } from '../src/graph/onnx/import.ts'
import { add, mul } from '../src/graph/ops/elementwise.ts'
import { reduceSum } from '../src/graph/ops/reduce.ts'
import { float32, type Shape, sizeOf, type Tensor } from '../src/graph/tensor.ts'
import type { Engine, Program, Tensors } from '../src/runtime/engine.ts'
import { probeTypes } from '../src/runtime/probe.ts'

/**
 * 'refused' comes with a reason that a user can read, 'fault' is any other error; 'none' means that no output depends
 * smoothly on an input, 'undecided' that the differences themselves do not settle (kinks, rounding).
 */
export type Outcome = 'right' | 'refused' | 'wrong' | 'fault' | 'none' | 'undecided'

export interface Finding {
  outcome: Outcome
  /** the message of a refusal or fault, or where and how far a number is off */
  detail?: string
}

export interface Examination {
  forward: Finding
  gradient: Finding
  /** whether the engine runs the file itself */
  engine: 'runs' | 'refuses'
}

const isHalf = ({ dtype }: Pick<Tensor, 'dtype'>): boolean => dtype.includes('float16')
/** Half precision is computed in single. */
const single = (content: Tensor): Tensor => (isHalf(content) ? toFloat32(content) : content)

const numbersOf = (content: Tensor): number[] =>
  Array.from(single(content).data as ArrayLike<number | bigint>, Number)

const refusal = (error: unknown): Finding =>
  error instanceof GlasshouseError
    ? { outcome: 'refused', detail: error.message }
    : { outcome: 'fault', detail: error instanceof Error ? (error.stack ?? error.message) : String(error) }

interface Imported {
  graph: Graph
  inputs: Map<string, Value>
  outputs: [name: string, value: Value][]
  parameters: Map<string, Tensor>
}

/** The model in a graph, for inputs of the shapes given; where the operators do not say the types inside, a run does. */
async function importModel(bytes: Uint8Array, feeds: Tensors, engine: Engine): Promise<Imported> {
  const model = decodeModel(bytes, 'model.onnx')
  const lay = (types?: Awaited<ReturnType<typeof probeTypes>>): Imported => {
    const graph = new Graph()
    const inputs = new Map(
      model.inputs.map(({ name }) => {
        const { shape, dtype } = single(feeds[name])
        return [name, graph.input(name, shape, dtype)] as const
      }),
    )
    const values = layModel(graph, model, inputs, { types: types && (name => types.get(name)) })
    const outputs = model.outputs.map(name => [name, values.get(name)!] as [string, Value])
    return { graph, inputs, outputs, parameters: weightsOf(model) }
  }
  try {
    return lay()
  } catch (error) {
    if (!(error instanceof GlasshouseError && error.code === 'onnx-operator')) throw error
    const types = await probeTypes(engine, bytes, feeds).catch(() => undefined)
    if (!types) throw error
    return lay(types)
  }
}

/**
 * @param feeds what the file is fed, by its names
 * @param options.expected what it should give where the engine does not run it
 * @param options.gradient whether the gradient is examined too
 */
export async function examine(
  bytes: Uint8Array,
  feeds: Tensors,
  engine: Engine,
  { expected, gradient = true }: { expected?: Tensors; gradient?: boolean } = {},
): Promise<Examination> {
  const own = await engine.load(bytes).catch(() => undefined)
  try {
    const truth = (await own?.run(feeds).catch(() => undefined)) ?? expected
    const runs = own && truth && truth !== expected ? own : undefined
    const none: Finding = { outcome: 'none' }
    const finish = (forward: Finding, backward: Finding): Examination => ({
      forward,
      gradient: backward,
      engine: runs ? 'runs' : 'refuses',
    })
    if (!truth) return finish(none, none)
    let imported: Imported
    try {
      imported = await importModel(bytes, feeds, engine)
    } catch (error) {
      return finish(refusal(error), none)
    }
    const forward = await examineForward(imported, feeds, truth, engine)
    // What the engine cannot run in the file either is not a fault of the importer.
    if (!runs && forward.outcome === 'fault') return finish({ ...forward, outcome: 'refused' }, none)
    if (forward.outcome !== 'right' || !runs || !gradient) return finish(forward, none)
    return finish(forward, await examineGradient(imported, feeds, truth, runs, engine))
  } finally {
    await own?.dispose()
  }
}

const ourFeeds = ({ inputs }: Imported, feeds: Tensors): Tensors =>
  Object.fromEntries([...inputs.keys()].map(name => [name, single(feeds[name])]))

async function examineForward(
  imported: Imported,
  feeds: Tensors,
  truth: Tensors,
  engine: Engine,
): Promise<Finding> {
  const { graph, outputs, parameters } = imported
  let results: Tensors
  try {
    const asked = Object.fromEntries(outputs.map(([, value], index) => [`result ${index}`, value]))
    const program = await engine.compile({ graph, outputs: asked, parameters })
    results = await program.run(ourFeeds(imported, feeds)).finally(() => program.dispose())
  } catch (error) {
    return refusal(error)
  }
  for (const [index, [name, value]] of outputs.entries()) {
    const [got, wanted] = [results[`result ${index}`], truth[name]]
    const kind = ({ dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>) =>
      `${isHalf({ dtype }) ? 'float32' : dtype}[${shape}]`
    if (kind(got) !== kind(wanted) || kind(value) !== kind(wanted))
      return { outcome: 'wrong', detail: `${name}: ${kind(got)}, ${kind(value)} for ${kind(wanted)}` }
    const [ours, theirs] = [numbersOf(got), numbersOf(wanted)]
    const tolerance = isHalf(wanted) ? 1e-2 : 1e-4
    const at = ours.findIndex(
      (number, k) =>
        !(Math.abs(number - theirs[k]) <= tolerance * Math.max(1, Math.abs(theirs[k]))) &&
        !Object.is(number, theirs[k]),
    )
    if (at >= 0) return { outcome: 'wrong', detail: `${name}[${at}]: ${ours[at]} for ${theirs[at]}` }
  }
  return { outcome: 'right' }
}

/** Weights of the sum that is differentiated: fixed, between -1 and 1, none near 0. */
function weightsFor(shape: Shape): Float32Array {
  const stream = random(7, 'weights of a sum', sizeOf(shape))
  return Float32Array.from({ length: sizeOf(shape) }, () => stream.uniform(0.3, 1) * stream.pick([-1, 1]))
}

/** Elements of each input whose derivative is checked. */
const sampled = 10

async function examineGradient(
  imported: Imported,
  feeds: Tensors,
  truth: Tensors,
  own: Program,
  engine: Engine,
): Promise<Finding> {
  const { graph, outputs, parameters } = imported
  const smooth = outputs.filter(([name, value]) => isFloat(value) && sizeOf(value.shape) > 0 && name in truth)
  const wanted = [...imported.inputs].filter(
    ([name, value]) => isFloat(value) && sizeOf(value.shape) > 0 && feeds[name].dtype === 'float32',
  )
  if (smooth.length === 0 || wanted.length === 0) return { outcome: 'none' }
  let gradients: Tensors
  try {
    const sums = smooth.map(([, value]) => {
      const weights = float32(value.shape, weightsFor(value.shape))
      const constant = graph.constant(
        value.dtype === 'float64'
          ? { dtype: 'float64', shape: value.shape, data: Float64Array.from(weights.data) }
          : weights,
      )
      return reduceSum(mul(value, constant))
    })
    const alike = sums.filter(({ dtype }) => dtype === sums[0].dtype)
    const values = gradient(
      alike.reduce((sum, next) => add(sum, next)),
      wanted.map(([, value]) => value),
    )
    const asked = Object.fromEntries(values.map((value, index) => [`gradient ${index}`, value]))
    const program = await engine.compile({ graph, outputs: asked, parameters })
    gradients = await program.run(ourFeeds(imported, feeds)).finally(() => program.dispose())
  } catch (error) {
    return refusal(error)
  }

  const weights = smooth.map(([name, { shape }]) => [name, weightsFor(shape)] as const)
  const sumOf = async (changed: Tensors): Promise<number> => {
    const results = await own.run({ ...feeds, ...changed })
    return weights.reduce(
      (sum, [name, list]) =>
        sum + numbersOf(results[name]).reduce((part, value, k) => part + value * (list[k] ?? Number.NaN), 0),
      0,
    )
  }
  const size = weights.reduce(
    (sum, [name, list]) =>
      sum + numbersOf(truth[name]).reduce((part, v, k) => part + Math.abs(v * list[k]), 0),
    0,
  )
  let undecided = 0
  let decided = 0
  for (const [index, [name, value]] of wanted.entries()) {
    const slopes = numbersOf(gradients[`gradient ${index}`])
    if (slopes.length !== sizeOf(value.shape)) return { outcome: 'wrong', detail: `${name}: another shape` }
    const largest = slopes.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0)
    const content = feeds[name].data as Float32Array
    const places = random(3, 'places', name).shuffle(Int32Array.from(content, (_, k) => k))
    for (const k of places.slice(0, sampled)) {
      const sumWith = async (number: number) => {
        const data = content.slice()
        data[k] = number
        return { at: data[k], sum: await sumOf({ [name]: { ...feeds[name], data } as Tensor }) }
      }
      const numeric = await differences(sumWith, content[k], size).catch(() => undefined)
      const scale = Math.max(largest, Math.abs(numeric?.slope ?? 0), 1e-3)
      const off = Math.abs(slopes[k] - (numeric?.slope ?? 0))
      const agrees = numeric && off <= 5e-3 * scale + 2 * numeric.doubt
      const doubtful =
        !numeric || !(numeric.doubt <= 0.1 * Math.max(Math.abs(slopes[k]), Math.abs(numeric.slope)))
      if (agrees) decided++
      else if (doubtful && !(numeric && off > 50 * numeric.doubt)) undecided++
      else return { outcome: 'wrong', detail: `gradient of ${name}[${k}]: ${slopes[k]} for ${numeric.slope}` }
    }
  }
  return {
    outcome: decided ? 'right' : 'undecided',
    detail: undecided ? `${undecided} undecided` : undefined,
  }
}

/**
 * The slope at a number by central differences at three distances, and how much is to be doubted about it: what they
 * differ from each other, what rounding may do to them, and by how much the slopes to both sides differ (a kink).
 */
async function differences(
  sumWith: (number: number) => Promise<{ at: number; sum: number }>,
  number: number,
  size: number,
): Promise<{ slope: number; doubt: number }> {
  const reach = Math.max(1, Math.abs(number))
  const middle = await sumWith(number)
  const slopes: number[] = []
  let sides = 0
  for (const step of [1e-2 * reach, 4e-3 * reach, 1.6e-3 * reach]) {
    const [up, down] = [await sumWith(number + step), await sumWith(number - step)]
    slopes.push((up.sum - down.sum) / (up.at - down.at))
    // A smooth curve has sides that meet as the step shrinks.
    const right = (up.sum - middle.sum) / (up.at - middle.at)
    const left = (middle.sum - down.sum) / (middle.at - down.at)
    sides = Math.abs(right - left)
  }
  const [wide, narrow, least] = slopes
  const rounding = (2e-7 * (size + 1e-3)) / (4e-3 * reach)
  const kink = sides > 0.05 * Math.abs(narrow) + 8 * rounding ? sides : 0
  return { slope: narrow, doubt: Math.abs(wide - narrow) + Math.abs(narrow - least) + 2 * rounding + kink }
}
