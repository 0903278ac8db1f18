/**
 * The smallest experiment in which objectives differ on classes they never saw: classes of a few modes in a space
 * of features, a net of one hidden layer, everything trained in a second. What first and second order do to the
 * triplets of real images they do here too, so it is the quickest look at a new objective.
 *
 * A class is a few modes that have nothing in common, an image a mode with noise. Modes differ in some of the
 * features only, noise is in all: what to ignore can be learned on some classes and helps on others. All numbers
 * are of the classes that trained and of as many that did not, before and after.
 */
import { random } from '../../base/random.ts'
import { balancedBatches } from '../../data/batches.ts'
import { retrieve } from '../../embedding/retrieval.ts'
import { gradient } from '../../graph/gradient.ts'
import { Graph, type Value } from '../../graph/graph.ts'
import { mul, relu, sub } from '../../graph/ops/elementwise.ts'
import { linear } from '../../graph/ops/linear.ts'
import { float32, floats, int64, type Tensor } from '../../graph/tensor.ts'
import { bindObjective } from '../../objectives/objective.ts'
import { objectiveNamed } from '../../objectives/registry.ts'
import type { Engine, Tensors } from '../../runtime/engine.ts'
import { scheduleNamed } from '../../training/schedule.ts'
import { type FrameMeasures, measure } from './measure.ts'

export interface ToyOptions {
  objective: string
  /** of the objective */
  options?: object
  /** of plain SGD; a tenth after half of the steps, a hundredth after three quarters */
  rate: number
  seed: number
  epochs?: number
}

export interface ToyOutcome {
  before: { train: FrameMeasures; unseen: FrameMeasures }
  after: { train: FrameMeasures; unseen: FrameMeasures }
}

/** Sizes of the data and of the net. */
const toy = {
  features: 48,
  classes: 40,
  modes: 3,
  images: 12,
  /** features in which modes differ, normally with deviation 1 */
  signal: 16,
  /** deviation of an image from its mode, in every feature */
  noise: 0.28,
  hidden: 128,
  dim: 16,
  batch: 64,
  perClass: 4,
} as const

interface ToyData {
  /** n x features */
  features: Float32Array
  labels: Int32Array
}

/** `count` classes of the toy, drawn by the seed and the name of their half. */
function drawClasses(seed: number, half: 'train' | 'unseen'): ToyData {
  const { classes, modes, images, features: width, signal, noise } = toy
  const { normal } = random(seed, 'toy', half)
  const features = new Float32Array(classes * modes * images * width)
  const labels = new Int32Array(classes * modes * images)
  let row = 0
  for (let label = 0; label < classes; label++) {
    for (let mode = 0; mode < modes; mode++) {
      const middle = Float64Array.from({ length: width }, (_, i) => (i < signal ? normal() : 0))
      for (let image = 0; image < images; image++, row++) {
        features.set(
          middle.map(value => value + noise * normal()),
          row * width,
        )
        labels[row] = label
      }
    }
  }
  return { features, labels }
}

const shapes = {
  weight1: [toy.hidden, toy.features],
  bias1: [toy.hidden],
  weight2: [toy.dim, toy.hidden],
  bias2: [toy.dim],
} as const
type ParameterName = keyof typeof shapes
const parameterNames = Object.keys(shapes) as ParameterName[]

/** Uniform within 1 / sqrt(inputs), PyTorch's start of a linear layer. */
function initialWeights(seed: number): Record<ParameterName, Tensor> {
  const { uniform } = random(seed, 'toy net')
  const draw = (name: ParameterName, inputs: number) => {
    const bound = 1 / Math.sqrt(inputs)
    const size = shapes[name].reduce((a: number, b) => a * b, 1)
    return float32(
      shapes[name],
      Float32Array.from({ length: size }, () => uniform(-bound, bound)),
    )
  }
  return {
    weight1: draw('weight1', toy.features),
    bias1: draw('bias1', toy.features),
    weight2: draw('weight2', toy.hidden),
    bias2: draw('bias2', toy.hidden),
  }
}

/** x (n, features) -> embeddings (n, dim), with the parameters as inputs of the graph. */
function net(graph: Graph, x: Value): Value {
  const [weight1, bias1, weight2, bias2] = parameterNames.map(name => graph.parameter(name, shapes[name]))
  return linear(relu(linear(x, weight1, bias1)), weight2, bias2)
}

export async function trainToy(engine: Engine, options: ToyOptions): Promise<ToyOutcome> {
  const { rate, seed, epochs = 40 } = options
  const objective = bindObjective(objectiveNamed(options.objective, 'toy'), options.options)
  const { features: width, batch, perClass } = toy
  const train = drawClasses(seed, 'train')
  const unseen = drawClasses(seed, 'unseen')

  const graph = new Graph()
  const x = graph.input('x', [batch, width])
  const labels = graph.input('labels', [batch], 'int64')
  const step = graph.input('step', [])
  const { loss } = objective.build({ output: net(graph, x), labels })
  const parameters = parameterNames.map(name => graph.parameters.get(name)!)
  const slopes = gradient(loss, parameters)
  const outputs = Object.fromEntries(
    parameters.map((parameter, i) => [`next:${parameterNames[i]}`, sub(parameter, mul(slopes[i], step))]),
  )
  const program = await engine.compile({ graph, outputs })

  let weights: Tensors = initialWeights(seed)
  const score = async () => ({
    train: await scoreToy(engine, train, weights),
    unseen: await scoreToy(engine, unseen, weights),
  })
  try {
    const before = await score()
    const schedule = scheduleNamed('step')
    const order = (epoch: number) =>
      balancedBatches(
        train.labels,
        train.labels.map((_, row) => row),
        { batch, perClass, seed, epoch },
      )
    const total = epochs * order(1).length
    let done = 0
    for (let epoch = 1; epoch <= epochs; epoch++) {
      for (const { indices } of order(epoch)) {
        const input = new Float32Array(batch * width)
        indices.forEach((row, i) => {
          input.set(train.features.subarray(row * width, (row + 1) * width), i * width)
        })
        const results = await program.run({
          ...weights,
          x: float32([batch, width], input),
          labels: int64(
            [batch],
            Array.from(indices, row => train.labels[row]),
          ),
          step: float32([], [rate * schedule(done++, total)]),
        })
        weights = Object.fromEntries(parameterNames.map(name => [name, results[`next:${name}`]]))
      }
    }
    return { before, after: await score() }
  } finally {
    await program.dispose()
  }
}

/** The scatter of one half under the weights as they stand. */
async function scoreToy(
  engine: Engine,
  { features, labels }: ToyData,
  weights: Tensors,
): Promise<FrameMeasures> {
  const graph = new Graph()
  const n = labels.length
  const embeddings = net(graph, graph.input('x', [n, toy.features]))
  const program = await engine.compile({ graph, outputs: { embeddings } })
  try {
    const result = await program.run({ ...weights, x: float32([n, toy.features], features) })
    const data = floats(result.embeddings)
    const { triplets } = await retrieve(engine, { data, dim: toy.dim, labels })
    return measure({
      epoch: 0,
      anchor: labels.map((_, row) => row),
      positive: triplets.positiveIndex,
      negative: triplets.negativeIndex,
      positiveSimilarity: triplets.positive,
      negativeSimilarity: triplets.negative,
    })
  } finally {
    await program.dispose()
  }
}
