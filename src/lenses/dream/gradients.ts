/**
 * An objective and its gradient at an image. The graph runs from pixels on the scale 0 to 255 through the
 * network's own preparation to the objective, and back; it is compiled once for each size of image.
 */
import { normalised } from '../../data/prepare/normalise.ts'
import { gradient } from '../../graph/gradient.ts'
import { Graph, type Value } from '../../graph/graph.ts'
import { add, relu, stopGradient, sub } from '../../graph/ops/elementwise.ts'
import { inlineGraph, type Rewrite } from '../../graph/passes/rewrite.ts'
import { float32, floats } from '../../graph/tensor.ts'
import { buildNetwork, layerNamed, type Network } from '../../nets/network.ts'
import type { Engine, Program } from '../../runtime/engine.ts'
import type { Image } from './image.ts'
import type { DreamObjective, Layers } from './objectives.ts'

export interface ObjectiveGradient {
  objective: number
  /** 3 x height x width: the objective's derivative by each value of the image */
  gradient: Float32Array
}

export interface Gradients {
  at(image: Image): Promise<ObjectiveGradient>
  dispose(): Promise<void>
}

type SlopeProgram = Program<'objective' | 'gradient'>

export interface GradientOptions {
  /** let gradients pass ReLUs that are silent, so that a layer without any answer can find one */
  open?: boolean
}

export function gradientsOf(
  engine: Engine,
  network: Network,
  objective: DreamObjective,
  options: GradientOptions = {},
): Gradients {
  const programs = new Map<string, Promise<SlopeProgram>>()
  const programFor = ({ width, height }: Image): Promise<SlopeProgram> => {
    const key = `${width}x${height}`
    let program = programs.get(key)
    if (!program) {
      const graph = new Graph()
      const image = graph.input('image', [1, 3, height, width])
      const images = normalised(image, network.preprocessing)
      const value = objective(layersOn(graph, images, network, reluRewrites(options)))
      const [byImage] = gradient(value, [image])
      const outputs = { objective: value, gradient: byImage }
      program = engine.compile({ graph, outputs, parameters: network.parameters })
      programs.set(key, program)
    }
    return program
  }
  return {
    async at(image) {
      const program = await programFor(image)
      const result = await program.run({ image: float32([1, 3, image.height, image.width], image.data) })
      return { objective: floats(result.objective)[0], gradient: floats(result.gradient) }
    },
    async dispose() {
      for (const program of programs.values()) await (await program).dispose()
      programs.clear()
    },
  }
}

/** Lays the network over prepared images of any size, in the graph where they stand. */
export function layersOn(
  graph: Graph,
  images: Value,
  network: Network,
  rewrites?: Readonly<Record<string, Rewrite>>,
): Layers {
  const [batch, , height, width] = images.shape
  const built = buildNetwork(network, { batch, size: [height, width] })
  const copies = inlineGraph(graph, built.graph, new Map([[built.images, images]]), rewrites)
  return name => copies.get(layerNamed(built, name))!
}

/** What becomes of the network's ReLUs. */
export const reluRewrites = ({ open = false }: GradientOptions): Readonly<Record<string, Rewrite>> =>
  open ? { Relu: openRelu } : {}

/** Forward a ReLU, backward the identity. */
const openRelu: Rewrite = (_, [x]) => [add(x!, stopGradient(sub(relu(x!), x!)))]
