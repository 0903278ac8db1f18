/**
 * One training step as one graph: forward, loss, gradient, optimiser. It takes the whole state (parameters,
 * running statistics, optimiser slots) and returns the next; `runtime/stateful.ts` keeps it from step to step.
 */
import { random } from '../base/random.ts'
import type { Mixed } from '../data/mix.ts'
import { type Computation, neededNodes } from '../graph/computation.ts'
import { gradient } from '../graph/gradient.ts'
import { isFloat, type LayerName, type Value } from '../graph/graph.ts'
import { add, greaterOrEqual, mul, sqrt, sub, where } from '../graph/ops/elementwise.ts'
import { reshape, slice } from '../graph/ops/layout.ts'
import { reduceSumSquare } from '../graph/ops/reduce.ts'
import { cutGraph } from '../graph/passes/cut.ts'
import type { Forms } from '../graph/passes/forms.ts'
import { float32, floats, int64, sizeOf, type Tensor, typedTensor } from '../graph/tensor.ts'
import { featuresInput } from '../models/forward.ts'
import type { Lora } from '../nets/building.ts'
import { buildNetwork, layerNamed, type NetworkPlan } from '../nets/network.ts'
import { uniformNoise } from '../objectives/evaluate.ts'
import type { BoundObjective, Learned, ObjectiveParameter } from '../objectives/objective.ts'
import type { Engine, Tensors } from '../runtime/engine.ts'
import { readersAmong } from '../runtime/overwriting.ts'
import { compileStateful } from '../runtime/stateful.ts'
import { biasCorrections, decayOf, type OptimiserOptions, slotsOf, updateParameter } from './optimiser.ts'

export interface StepPlan {
  network: NetworkPlan
  batch: number
  objective: BoundObjective
  optimiser: OptimiserOptions
  /** factor of the learning rate for a parameter; 0 leaves it as it is. 1 unless given */
  rateFactor?: (parameter: string) => number
  /** how many classes the labels name, for objectives that train something per class */
  classes?: number
  /** of what the objective initialises and draws at random; 0 unless given */
  seed?: number
  /** parameters that stay as they are; a batch normalisation of theirs keeps its statistics and uses them */
  frozen?: ReadonlySet<string>
  /**
   * keeps a running mean of parameters and running statistics, of which a step keeps this share; less of it in the
   * first steps, (1 + step) / (10 + step), so that the beginning is soon forgotten
   */
  ema?: number
  /** attention learns by updates of low rank alone */
  lora?: Lora
  /** whether batches are mixed of two images each */
  mixes?: boolean
  /** as a calibration found them; the usual ones unless given */
  forms?: Forms
  /** a frozen layer to begin at: what a step is given is its output, not images */
  from?: LayerName
}

/** Everything that a step changes, by name: parameters plainly, optimiser slots as `<slot>:<parameter>`. */
export type TrainingState = Map<string, Tensor>

export interface StepResult {
  loss: number
  statistics: Record<string, number>
}

export interface TrainingStep {
  /** the state as it stands, fetched from where it lies; valid until the next step */
  state(): Promise<TrainingState>
  /** images: prepared, (batch, 3, size, size), or what `from` gives for them; labels: batch. `index` counts steps from 0 */
  run(
    images: Float32Array,
    labels: ArrayLike<number>,
    rate: number,
    index: number,
    mixed?: Mixed,
  ): Promise<StepResult>
  /** the same computation, whose result is dropped: for timing and warming up */
  rehearse(images: Float32Array, labels: ArrayLike<number>): Promise<void>
  dispose(): Promise<void>
}

const slotName = (slot: string, parameter: string): string => `${slot}:${parameter}`
/** The running mean of a parameter stands beside it as a slot of this name. */
const meanSlot = 'ema'
const nextPrefix = 'next:'
const statisticPrefix = 'statistic:'
const normName = `${statisticPrefix}gradientNorm`
/** What the objective itself trains or keeps stands under this prefix beside the network's parameters. */
const objectivePrefix = 'objective:'

const outputsOf = ({ head }: NetworkPlan): number =>
  head.kind === 'embedding' ? head.dim : head.classes.length

function objectiveParameters({ objective, network, classes = 0 }: StepPlan): Map<string, ObjectiveParameter> {
  return new Map(Object.entries(objective.parameters({ classes, dim: outputsOf(network) })))
}

function objectiveState({ objective, network, batch }: StepPlan): Map<string, Tensor> {
  return new Map(Object.entries(objective.state({ batch, dim: outputsOf(network) })))
}

function keptFor(name: string, { state }: Learned): Value {
  const value = state?.[name]
  if (value) return value
  throw new Error(`the objective does not say what becomes of its '${name}'`)
}

/** The whole step as a graph; its outputs are the loss, the statistics and, prefixed, the next state. */
export function stepRequest(plan: StepPlan): Computation {
  const { network, batch, objective, optimiser, rateFactor = () => 1 } = plan
  const { frozen = new Set<string>() } = plan
  const isFrozen = (name: string) => frozen.has(name)
  const built = buildNetwork(network, { batch, mode: 'training', frozen: isFrozen, lora: plan.lora })
  const { graph } = built
  const labels = graph.input('labels', [batch], 'int64')
  const own = objectiveParameters(plan)
  const parameters = Object.fromEntries(
    [...own].map(([name, { shape }]) => [name, graph.parameter(objectivePrefix + name, shape)]),
  )
  const kept = Object.fromEntries(
    [...objectiveState(plan)].map(([name, { shape, dtype }]) => [
      name,
      graph.parameter(objectivePrefix + name, shape, dtype),
    ]),
  )
  const noise = objective.noisy ? graph.input('noise', [batch, batch]) : undefined
  const mixed = plan.mixes
    ? { labels: graph.input('otherLabels', [batch], 'int64'), share: graph.input('share', []) }
    : undefined
  const learned = objective.build({ output: built.output, labels, parameters, state: kept, mixed, noise })
  const { loss, statistics } = learned

  const rates = new Map([
    ...[...built.parameters]
      .filter(([name, spec]) => spec.trained && !isFrozen(name))
      .map(([name]) => [name, rateFactor(name)] as const),
    ...[...own].map(([name, { rate }]) => [objectivePrefix + name, rate] as const),
  ])
  const trained = [...rates.keys()].filter(name => rates.get(name) !== 0)
  const forward = new Set(graph.nodes)
  const gradients = gradient(
    loss,
    trained.map(name => graph.parameters.get(name)!),
  )
  const readersOf = readersAmong(neededNodes(graph, gradients).nodes)
  const scalars = {
    rate: after([loss], graph.input('rate', [])),
    correction1: graph.input('correction1', []),
    correction2: graph.input('correction2', []),
  }
  const outputs: Record<string, Value> = { loss }
  if (gradients.length) outputs[normName] = normOf(gradients)
  for (const [name, value] of Object.entries(statistics)) outputs[statisticPrefix + name] = value
  trained.forEach((name, index) => {
    const parameter = graph.parameters.get(name)!
    const state = Object.fromEntries(
      slotsOf(optimiser).map(slot => [slot, graph.parameter(slotName(slot, name), parameter.shape)]),
    )
    // A parameter changes when nothing reads it any more, so that it may be overwritten.
    const readers = readersOf(parameter)
      .filter(node => !forward.has(node))
      .map(({ outputs: [first] }) => first)
      .filter(isFloat)
    const factor = rates.get(name)!
    const scaled = {
      ...scalars,
      rate: after(readers, factor === 1 ? scalars.rate : mul(scalars.rate, factor)),
    }
    // What an objective keeps, proxies or a boundary, has no reason to be near zero.
    const weightDecay = name.startsWith(objectivePrefix) ? 0 : decayOf(optimiser, parameter)
    const update = updateParameter({ ...optimiser, weightDecay }, parameter, gradients[index], state, scaled)
    outputs[nextPrefix + name] = update.parameter
    for (const [slot, value] of Object.entries(update.state))
      outputs[nextPrefix + slotName(slot, name)] = value
  })
  for (const [name, value] of built.running) outputs[nextPrefix + name] = value
  if (plan.ema !== undefined) {
    const kept = graph.input('kept', [])
    for (const name of built.parameters.keys()) {
      const next = outputs[nextPrefix + name]
      if (!next) continue
      const mean = graph.parameter(slotName(meanSlot, name), next.shape)
      outputs[nextPrefix + slotName(meanSlot, name)] = add(mul(mean, kept), mul(next, sub(1, kept)))
    }
  }
  for (const name of Object.keys(kept)) outputs[nextPrefix + objectivePrefix + name] = keptFor(name, learned)
  const whole = { graph, outputs }
  return plan.from === undefined ? whole : cutGraph(whole, layerNamed(built, plan.from), featuresInput)
}

/** A parameter to score and keep: its running mean, where there is one. */
export const keptParameter = (state: TrainingState, name: string): Tensor | undefined =>
  state.get(slotName(meanSlot, name)) ?? state.get(name)

/** A scalar as it is, but not before the others are there. */
const after = (others: readonly Value[], scalar: Value): Value =>
  others.reduce((waiting, other) => where(greaterOrEqual(firstOf(other), 0), waiting, waiting), scalar)

const firstOf = (value: Value): Value => {
  const first = value.shape.map((_, axis) => ({ axis, start: 0, end: 1 }))
  return first.length ? reshape(slice(value, first), []) : value
}

/** Euclidean length of the gradient over all trained parameters: what a rate multiplies (plain SGD's step). */
const normOf = (gradients: readonly Value[]): Value =>
  sqrt(gradients.map(slope => reduceSumSquare(slope)).reduce((a, b) => add(a, b)))

/**
 * The state at first: what was given, what the objective begins with, and zeros for the slots of an optimiser. A function
 * of its own, so that the step does not hold on to what was given.
 */
function firstState({ graph }: Computation, plan: StepPlan, initial: ReadonlyMap<string, Tensor>): Tensors {
  const own = new Map([
    ...[...objectiveParameters(plan)].map(
      ([name, { initialise }]) =>
        [objectivePrefix + name, () => initialise(random(plan.seed ?? 0, 'objective', name))] as const,
    ),
    ...[...objectiveState(plan)].map(([name, start]) => [objectivePrefix + name, () => start] as const),
  ])
  const meanPrefix = slotName(meanSlot, '')
  /** A mean begins at what it is of. */
  const startOf = (name: string) => initial.get(name) ?? own.get(name)?.()
  const first: Tensors = {}
  for (const [name, value] of graph.parameters) {
    const start =
      startOf(name) ?? (name.startsWith(meanPrefix) ? startOf(name.slice(meanPrefix.length)) : undefined)
    // Zeros take no memory until they are written to; a copy of them would.
    first[name] = start
      ? typedTensor(start.dtype, start.shape, start.data.slice())
      : float32(value.shape, new Float32Array(sizeOf(value.shape)))
  }
  return first
}

/** Compiles the step and takes over the state; slots that it lacks start at zero. */
export async function createTrainingStep(
  engine: Engine,
  plan: StepPlan,
  initial: ReadonlyMap<string, Tensor>,
): Promise<TrainingStep> {
  const request = stepRequest(plan)
  const input = plan.from === undefined ? 'images' : featuresInput
  const { shape } = request.graph.inputs.get(input)!
  const seed = plan.seed ?? 0
  const noisy = plan.objective.noisy
  const first = Object.entries(firstState(request, plan, initial))
  const isLearned = (name: string) => nextPrefix + name in request.outputs
  // What never changes is compiled in, where the engine can arrange it as suits it best.
  const fixed = new Map(first.filter(([name]) => !isLearned(name)))
  const program = await compileStateful(
    engine,
    { ...request, parameters: fixed, forms: plan.forms },
    Object.fromEntries(first.filter(([name]) => isLearned(name))),
    name => nextPrefix + name,
  )
  const feedsOf = (
    images: Float32Array,
    labels: ArrayLike<number>,
    rate: number,
    index: number,
    mixed?: Mixed,
  ): Tensors => {
    const [correction1, correction2] = biasCorrections(index, plan.optimiser.betas)
    return {
      [input]: float32(shape, images),
      labels: int64([plan.batch], Array.from(labels)),
      ...(plan.ema !== undefined && { kept: float32([], [Math.min(plan.ema, (1 + index) / (10 + index))]) }),
      // Where nothing is mixed each image keeps its own label whole.
      ...(plan.mixes && {
        otherLabels: int64([plan.batch], Array.from(mixed?.labels ?? labels)),
        share: float32([], [mixed?.share ?? 1]),
      }),
      ...(noisy && { noise: uniformNoise(plan.batch, seed, index) }),
      rate: float32([], [rate]),
      correction1: float32([], [correction1]),
      correction2: float32([], [correction2]),
    }
  }
  return {
    async state() {
      const learned = await program.state()
      return new Map(first.map(([name]) => [name, fixed.get(name) ?? learned[name]]))
    },
    async run(images, labels, rate, index, mixed) {
      const results = await program.run(feedsOf(images, labels, rate, index, mixed))
      const number = (name: string) => floats(results[name])[0]
      const statistics = Object.keys(results).filter(name => name.startsWith(statisticPrefix))
      return {
        loss: number('loss'),
        statistics: Object.fromEntries(
          statistics.map(name => [name.slice(statisticPrefix.length), number(name)]),
        ),
      }
    },
    rehearse: (images, labels) => program.rehearse(feedsOf(images, labels, 0, 0)),
    dispose: () => program.dispose(),
  }
}
