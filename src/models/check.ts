/**
 * Does a network answer here as it answered somewhere else? Compares its answer to the same input with a recorded one;
 * where they differ, tries the usual reasons, the simplest first, and says which one makes them agree.
 */
import { GlasshouseError } from '../base/errors.ts'
import { createWork, openStage, type Work } from '../base/work.ts'
import type { Value } from '../graph/graph.ts'
import { inEvaluationMode, trainingNodes } from '../graph/onnx/training-nodes.ts'
import { float32, type Tensor } from '../graph/tensor.ts'
import type { ForeignNetwork } from '../nets/foreign.ts'
import { buildNetwork, type Network, possibleBatch } from '../nets/network.ts'
import type { Engine, Program } from '../runtime/engine.ts'
import {
  type Colours,
  colourings,
  cuts,
  type Images,
  imagesOf,
  type Reading,
  readings,
  recolour,
} from './check-inputs.ts'
import { type AnswerForm, formsOf } from './check-outputs.ts'

export interface CheckOptions {
  /** the largest difference that counts as agreement, for numbers around 1 */
  tolerance?: number
  work?: Work
}

export interface CheckResult {
  /** of the answers as they are, largest over all numbers */
  maxDifference: number
  /** whether that is within the tolerance */
  agrees: boolean
  /** what makes them agree, or which of the reasons comes nearest */
  reason: string
  /** whether the reason makes them agree */
  explained: boolean
  /** the largest difference that is left with the reason */
  difference: number
  /** how many reasons were tried */
  tried: number
}

interface Attempt {
  words: string[]
  cost: number
  reading: Reading
  cut: Reading
  colours: Colours
  /** whether the network is in the other mode than it is opened in */
  otherMode: boolean
}

/**
 * @param input what the network was given there, (n, 3, h, w) or (n, h, w, 3)
 * @param output what it answered there, n vectors
 * @throws GlasshouseError 'check-input', 'check-output' where the arrays are not images and vectors of one number
 */
export async function checkNetwork(
  engine: Engine,
  network: Network,
  input: { content: Tensor<'float32'>; where: string },
  output: { content: Tensor<'float32'>; where: string },
  { tolerance = 1e-4, work = createWork() }: CheckOptions = {},
): Promise<CheckResult> {
  const { images, channelsLast } = imagesOf(input.content.shape, input.content.data, input.where)
  const expected = output.content.data
  const width = expected.length / images.count
  if (!Number.isInteger(width) || width === 0) {
    throw new GlasshouseError({
      code: 'check-output',
      what: 'the answers are not one vector per image',
      where: output.where,
      expected: `${images.count} vectors`,
      got: `(${output.content.shape.join(', ')})`,
    })
  }
  const runner = createRunner(engine, network, width)
  const attempts = attemptsFor(network, images, channelsLast)
  const stage = openStage(work, 'trying reasons', attempts.length)
  let plain: Finding | undefined
  let nearest: Finding | undefined
  let tried = 0
  try {
    for (const attempt of attempts) {
      work.signal.throwIfAborted()
      const answers = await runner.run(attempt, images)
      tried++
      stage.update(tried)
      if (!answers) continue
      for (const form of formsOf(answers, width, images.count)) {
        const finding = compare(form, attempt, expected, tolerance)
        if (attempt.cost === 0 && form.cost === 0) plain = finding
        if (!nearest || better(finding, nearest)) nearest = finding
      }
      if (nearest?.agrees) break
    }
  } finally {
    stage.end()
    await runner.dispose()
  }
  if (!nearest) {
    throw new GlasshouseError({
      code: 'check-output',
      what: 'the network gives vectors of another length',
      where: output.where,
      expected: runner.widths(),
      got: `${width} numbers per image`,
    })
  }
  const { difference } = nearest
  // Where the lengths differ, the answers as they are cannot be compared: what comes nearest is.
  const agrees = plain?.agrees === true
  const common = { maxDifference: plain?.difference ?? difference, agrees, difference, tried }
  if (agrees) return { ...common, reason: 'the answers agree as they are', explained: true }
  const words = nearest.words.join('; ') || 'as it is'
  if (nearest.agrees) return { ...common, reason: `there, ${words}`, explained: true }
  return {
    ...common,
    reason: `none of ${tried} usual reasons makes the answers agree; the nearest is: ${words}`,
    explained: false,
  }
}

interface Finding {
  words: string[]
  cost: number
  difference: number
  /** the difference in proportion to how far the answers are from each other */
  relative: number
  agrees: boolean
}

const better = (a: Finding, b: Finding): boolean =>
  a.agrees !== b.agrees ? a.agrees : a.agrees ? a.cost < b.cost : a.relative < b.relative

function compare(form: AnswerForm, attempt: Attempt, expected: Float32Array, tolerance: number): Finding {
  let difference = 0
  let [low, high, size] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (let i = 0; i < expected.length; i++) {
    const gap = Math.abs(form.data[i] - expected[i])
    // What is not a number agrees with nothing.
    difference = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : Math.max(difference, gap)
    low = Math.min(low, expected[i])
    high = Math.max(high, expected[i])
    size = Math.max(size, Math.abs(expected[i]))
  }
  // Probabilities of a thousand classes are small: any two sets of them differ by little.
  const areShares = low >= 0 && high <= 1
  const scale = areShares ? size : Math.max(1, size)
  return {
    words: [...attempt.words, ...(form.words ? [form.words] : [])],
    cost: attempt.cost + form.cost,
    difference,
    relative: difference / Math.max(high - low, 1e-12),
    agrees: difference <= tolerance * scale,
  }
}

/** All combinations, the simplest first. */
function attemptsFor(network: Network, images: Images, channelsLast: boolean): Attempt[] {
  const attempts: Attempt[] = []
  const { foreign } = network
  const modes = !foreign || trainingNodes(foreign.model).length ? [false, true] : [false]
  const otherModeWords = foreign
    ? 'the network was in evaluation mode: this file was exported in training mode'
    : 'the network was in training mode: its normalisations used the statistics of this batch'
  for (const reading of readings(channelsLast)) {
    for (const cut of cuts(images, network.preprocessing)) {
      for (const colours of colourings(network.preprocessing)) {
        for (const otherMode of modes) {
          const all = [reading.words, cut.words, colours.words, otherMode ? otherModeWords : '']
          const words = all.filter(text => text !== '')
          const cost = reading.cost + cut.cost + colours.cost + 1.5 * Number(otherMode)
          attempts.push({ words, cost, reading, cut, colours, otherMode })
        }
      }
    }
  }
  // Three things at once that are all unusual are not an explanation any more.
  return attempts.filter(({ words, cost }) => words.length < 4 && cost < 6).sort((a, b) => a.cost - b.cost)
}

/** The network for each size and mode, compiled when it is first needed. */
function createRunner(engine: Engine, network: Network, width: number) {
  const programs = new Map<string, Promise<Compiled | undefined>>()
  const widths = new Set<number>()

  async function compile(images: Images, otherMode: boolean): Promise<Compiled | undefined> {
    const { foreign } = network
    const training = otherMode && !foreign
    const own = otherMode && foreign ? inEvaluation(network, foreign) : network
    try {
      const batch = training ? images.count : possibleBatch(own, images.count)
      const built = buildNetwork(own, {
        batch,
        size: [images.height, images.width],
        mode: training ? 'training' : 'inference',
      })
      const { graph, output, pooled } = built
      const asInFile = foreign && graph.layers.get(foreign.output)
      const outputs: Record<string, Value> = { output, pooled, ...(asInFile && { own: asInFile }) }
      for (const value of Object.values(outputs)) widths.add(value.shape.slice(1).reduce((a, b) => a * b, 1))
      const program = await engine.compile({ graph, outputs, parameters: network.parameters })
      return { program, input: built.images, batch, outputs }
    } catch (error) {
      // Not every network takes every size.
      if (error instanceof GlasshouseError) return undefined
      throw error
    }
  }

  return {
    widths: () => `${[...widths].join(' or ')} numbers, not ${width}`,
    async run(
      { reading, cut, colours, otherMode }: Attempt,
      given: Images,
    ): Promise<Map<string, Float32Array> | undefined> {
      const images = recolour(cut.apply(reading.apply(given)), colours)
      const key = [images.height, images.width, otherMode].join()
      let compiled = programs.get(key)
      if (!compiled) programs.set(key, (compiled = compile(images, otherMode)))
      const ready = await compiled
      return ready && runAll(ready, images)
    },
    async dispose(): Promise<void> {
      for (const compiled of programs.values()) await (await compiled)?.program.dispose()
    },
  }
}

const inEvaluation = (network: Network, foreign: ForeignNetwork): Network => ({
  ...network,
  foreign: { ...foreign, model: inEvaluationMode(foreign.model) },
})

interface Compiled {
  program: Program
  input: Value
  batch: number
  outputs: Record<string, Value>
}

async function runAll(
  { program, input, batch, outputs }: Compiled,
  images: Images,
): Promise<Map<string, Float32Array>> {
  const size = images.data.length / images.count
  const gathered = new Map(Object.keys(outputs).map(name => [name, [] as number[]]))
  for (let start = 0; start < images.count; start += batch) {
    const rows = Math.min(batch, images.count - start)
    const content = new Float32Array(batch * size)
    content.set(images.data.subarray(start * size, (start + rows) * size))
    const results = await program.run({ [input.name]: float32(input.shape, content) })
    for (const [name, numbers] of gathered) {
      const { data } = results[name]
      const share = data.length / batch
      for (let i = 0; i < rows * share; i++) numbers.push(Number(data[i]))
    }
  }
  return new Map([...gathered].map(([name, numbers]) => [name, Float32Array.from(numbers)]))
}
