/**
 * Ascents that go in step. Each is written as if it were alone and asks for the gradient at its image; the questions of
 * all are answered by one run of the network over a batch of images, each with a channel of its own.
 */
import { normalised } from '../../data/prepare/normalise.ts'
import { gradient } from '../../graph/gradient.ts'
import { Graph } from '../../graph/graph.ts'
import { mul } from '../../graph/ops/elementwise.ts'
import { reduceSum } from '../../graph/ops/reduce.ts'
import { float32, floats } from '../../graph/tensor.ts'
import { buildOutline, type Network } from '../../nets/network.ts'
import type { Engine, Program } from '../../runtime/engine.ts'
import {
  type GradientOptions,
  type Gradients,
  layersOn,
  type ObjectiveGradient,
  reluRewrites,
} from '../dream/gradients.ts'
import type { Image } from '../dream/image.ts'
import { answersOf } from './answers.ts'

/** Objective and gradient at images of one size, the channel of each being its own. */
export interface ChannelGradients {
  at(images: readonly Image[], channels: readonly number[]): Promise<ObjectiveGradient[]>
  dispose(): Promise<void>
}

/** @param count of images in every batch */
export function channelGradients(
  engine: Engine,
  network: Network,
  layer: string,
  count: number,
  options: GradientOptions = {},
): ChannelGradients {
  const outline = buildOutline(network)
  const width = answersOf(outline, layer).shape[1]
  const programs = new Map<string, Promise<Program<'objectives' | 'gradients'>>>()
  const compile = ({ width: columns, height: rows }: Image) => {
    const graph = new Graph()
    const images = graph.input('images', [count, 3, rows, columns])
    const chosen = graph.input('chosen', [count, width])
    const found = layersOn(
      graph,
      normalised(images, network.preprocessing),
      network,
      reluRewrites(options),
    )(layer)
    const objectives = reduceSum(mul(answersOf(outline, layer, 'mean', found), chosen), [1])
    const [gradients] = gradient(reduceSum(objectives), [images])
    return engine.compile({ graph, outputs: { objectives, gradients }, parameters: network.parameters })
  }
  return {
    async at(images, channels) {
      const [{ width: columns, height: rows }] = images
      const key = `${columns}x${rows}`
      const program = programs.get(key) ?? compile(images[0])
      programs.set(key, program)
      const length = 3 * rows * columns
      const pixels = new Float32Array(count * length)
      const chosen = new Float32Array(count * width)
      images.forEach(({ data }, row) => {
        pixels.set(data, row * length)
        chosen[row * width + channels[row]] = 1
      })
      const result = await (await program).run({
        images: float32([count, 3, rows, columns], pixels),
        chosen: float32([count, width], chosen),
      })
      const [objectives, gradients] = [floats(result.objectives), floats(result.gradients)]
      return images.map((_, row) => ({
        objective: objectives[row],
        gradient: gradients.slice(row * length, (row + 1) * length),
      }))
    },
    async dispose() {
      for (const program of programs.values()) await (await program).dispose()
      programs.clear()
    },
  }
}

/** Answers the images of all ascents, in their order. */
export type Answer = (images: readonly Image[]) => Promise<ObjectiveGradient[]>

interface Question {
  image: Image
  resolve(found: ObjectiveGradient): void
  reject(reason: unknown): void
}

/**
 * Runs `count` ascents side by side. Each is given gradients of its own, one for each way of answering; they are found
 * when all ascents have asked in this way. Where one ascent fails, all do.
 */
export async function inStep<T>(
  count: number,
  ways: readonly Answer[],
  ascent: (gradients: Gradients[], index: number) => Promise<T>,
): Promise<T[]> {
  let failure: { reason: unknown } | undefined
  const waiting = ways.map(() => new Map<number, Question>())
  const fail = (reason: unknown, asked: Iterable<Question>) => {
    failure ??= { reason }
    for (const { reject } of asked) reject(failure.reason)
  }
  const ask = (way: number, index: number, question: Question) => {
    const questions = waiting[way]
    questions.set(index, question)
    if (questions.size < count) return
    const asked = Array.from({ length: count }, (_, each) => questions.get(each)!)
    questions.clear()
    ways[way](asked.map(({ image }) => image)).then(
      found => {
        for (const [each, { resolve }] of asked.entries()) resolve(found[each])
      },
      reason => fail(reason, asked),
    )
  }
  const gradientsFor = (way: number, index: number): Gradients => ({
    at: image =>
      new Promise((resolve, reject) => {
        if (failure) reject(failure.reason)
        else ask(way, index, { image, resolve, reject })
      }),
    async dispose() {},
  })
  const ended = await Promise.allSettled(
    Array.from({ length: count }, async (_, index) => {
      const own = ways.map((_, way) => gradientsFor(way, index))
      try {
        return await ascent(own, index)
      } catch (reason) {
        // The others would wait for this one for ever.
        fail(
          reason,
          waiting.flatMap(questions => [...questions.values()]),
        )
        for (const questions of waiting) questions.clear()
        throw reason
      }
    }),
  )
  if (failure) throw failure.reason
  return ended.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))
}
