// Our side of the benchmarks: each function takes the settings, prepares everything, and returns an async function
// that is one repetition. Weights are random: no figure here depends on what a network has learned. What only some need
// is imported there, since time and memory of a benchmark count what it loads.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { random } from '../dist/base/random.js'
import { imagenetStatistics } from '../dist/data/store.js'
import { encodeModel } from '../dist/graph/onnx/encode.js'
import { float32 } from '../dist/graph/tensor.js'
import { buildNetwork, initialParameters } from '../dist/nets/network.js'
import { bindObjective } from '../dist/objectives/objective.js'
import { objectiveNamed } from '../dist/objectives/registry.js'
import { createEngine } from '../dist/runtime/engine.node.js'
import { createTrainingStep } from '../dist/training/step.js'

const classes = Array.from({ length: 1000 }, (_, index) => `class ${index}`)

const resnet18 = (size, resize = size) => classifier('resnet18', size, resize)

/**
 * A network with 1,000 classes, as it starts.
 * @returns {import('../dist/nets/network.js').Network}
 */
function classifier(net, size, resize = size) {
  /** @type {import('../dist/nets/network.js').NetworkPlan} */
  const plan = {
    net,
    head: { kind: 'classes', classes },
    preprocessing: { size, resize, ...imagenetStatistics },
  }
  return { ...plan, parameters: initialParameters(plan, 0) }
}

function noise(shape) {
  const count = shape.reduce((a, b) => a * b, 1)
  return float32(shape, random(0, 'bench').normals(new Float32Array(count)))
}

export async function trainStep({
  size,
  batch,
  threads,
  net = 'resnet18',
  device = /** @type {import('../dist/runtime/engine.js').Device} */ ('cpu'),
  without = [],
  profile = undefined,
}) {
  const { parameters, ...network } = classifier(net, size)
  const step = await createTrainingStep(
    await createEngine({ device, threads, withoutPasses: without, profile }),
    {
      network,
      batch,
      objective: bindObjective(objectiveNamed('softmax'), { smoothing: 0 }),
      optimiser: { name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 },
    },
    parameters,
  )
  const images = noise([batch, 3, size, size]).data
  const labels = Array.from({ length: batch }, (_, index) => index % classes.length)
  let index = 0
  return Object.assign(() => step.run(images, labels, 0.01, index++), { end: () => step.dispose() })
}

export async function inference({ net, size, batch, threads, profile }) {
  const { parameters, ...network } = classifier(net, size)
  const { graph, output } = buildNetwork(network, { batch })
  const engine = await createEngine({ threads, profile })
  const program = await engine.compile({ graph, outputs: { logits: output }, parameters })
  const images = noise([batch, 3, size, size])
  return Object.assign(() => program.run({ images }), { end: () => program.dispose() })
}

/** The way of the command: find and survey the files, decode them into the cache, run the network over that. */
export async function embed({ folder, size, resize, batch, threads }) {
  const { openPictures } = await import('../dist/data/cache.node.js')
  const { indicesOf } = await import('../dist/data/dataset.js')
  const { readDataset } = await import('../dist/data/dataset.node.js')
  const { centrePictures } = await import('../dist/data/prepare/prepare.js')
  const { forward } = await import('../dist/models/forward.js')
  const network = resnet18(size, resize)
  const engine = await createEngine({ threads })
  return async () => {
    const cache = mkdtempSync(join(tmpdir(), 'glasshouse-bench-cache-'))
    process.env.GLASSHOUSE_CACHE = cache
    try {
      const dataset = await readDataset(folder, { minimumClasses: 1 })
      const indices = indicesOf(dataset)
      const store = await openPictures(dataset, resize)
      const fill = centrePictures(store, indices, network.preprocessing)
      await forward(
        engine,
        network,
        indices.length,
        fill,
        ({ graph }) => ({ vectors: graph.layers.get('pool') }),
        { batch },
      )
    } finally {
      rmSync(cache, { recursive: true, force: true })
    }
  }
}

/** The way of the command `train`: from a folder of files to a run with its checkpoints, model and page. */
export async function trainFiles({ folder, size, batch, epochs, threads }) {
  const { train } = await import('../dist/runs/start.node.js')
  const { createContext } = await import('../dist/runtime/context.node.js')
  return async () => {
    const made = mkdtempSync(join(tmpdir(), 'glasshouse-bench-run-'))
    process.env.GLASSHOUSE_CACHE = join(made, 'cache')
    try {
      const context = createContext({ folder: join(made, 'run'), threads })
      await train(
        folder,
        { net: 'resnet18', size, outputStride: 'native', batch, epochs, augment: 'upright' },
        context,
      )
    } finally {
      rmSync(made, { recursive: true, force: true })
    }
  }
}

/** A network as a stranger's ONNX file: its operators and weights, and nothing that says whose they are. */
export function plainModel(net, size) {
  const { parameters, ...network } = classifier(net, size)
  const { graph, output } = buildNetwork(network, { batch: 1 })
  return encodeModel({ graph, outputs: { logits: output }, parameters })
}

/** Opens such a file, and gives the gradient of its logits by an image. */
export async function slopeOfModel(bytes, size, threads) {
  const { openModelBytes } = await import('../dist/models/open-bytes.js')
  const { gradientsOf } = await import('../dist/lenses/dream/gradients.js')
  const { norm } = await import('../dist/lenses/dream/objectives.js')
  const engine = await createEngine({ threads })
  const { network } = await openModelBytes(bytes, async () => engine)
  const image = {
    width: size,
    height: size,
    data: noise([3, size, size]).data.map(value => 128 + 40 * value),
  }
  return gradientsOf(engine, network, norm('logits')).at(image)
}

/** One map of the predicted class, as the lens makes it. */
export async function explain({ method, passes, patch, size, threads }) {
  const { openMapper } = await import('../dist/lenses/cam/mapper.js')
  const { parameters: _, ...plan } = resnet18(size)
  /** @type {import('../dist/nets/network.js').NetworkPlan} */
  const few = { ...plan, head: { kind: 'classes', classes: classes.slice(0, 12) } }
  const tools = { engine: await createEngine({ threads }), seed: 0, signal: new AbortController().signal }
  const network = { ...few, parameters: initialParameters(few, 0) }
  const mapper = await openMapper(tools, network, { method, passes, patch, classes: 1 }, 1)
  const image = noise([1, 3, size, size]).data
  return () => mapper.maps(image, [[-1]])
}

/** The way of the lens: from pixels, through the preparation, to the slope, and a step along it. */
export async function dreamStep({ size, stage, stepSize, threads }) {
  const { stepped } = await import('../dist/lenses/dream/ascent.js')
  const { gradientsOf } = await import('../dist/lenses/dream/gradients.js')
  const { norm } = await import('../dist/lenses/dream/objectives.js')
  const gradients = gradientsOf(await createEngine({ threads }), resnet18(size), norm(`stage${stage}`))
  /** @type {import('../dist/lenses/dream/image.js').Image} */
  let image = { width: size, height: size, data: noise([3, size, size]).data.map(value => 128 + 40 * value) }
  return async () => {
    const { gradient } = await gradients.at(image)
    image = stepped(image, gradient, { stepSize, clip: true })
  }
}

/** Steps of the dreams of as many channels as are dreamt at once, by the way of the lens. */
export async function channelSteps({ size, batch, steps, threads }) {
  const { openDreaming } = await import('../dist/lenses/channels/dreaming.js')
  const context = { engine: await createEngine({ threads }), seed: 0, signal: new AbortController().signal }
  const options = { layer: 'stage3', size, steps, robust: true, octaves: 1, octaveScale: 1.4, jitter: 0 }
  const dreaming = openDreaming(context, resnet18(size), { ...options, parameterisation: 'fourier' }, batch)
  const channels = Array.from({ length: batch }, (_, channel) => channel)
  return () => dreaming.dream(channels, () => {})
}
