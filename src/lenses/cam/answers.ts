/** What a network answers to images that are made up on the spot: covered, blurred in part, or one just as it is. */
import { joinedFloats } from '../../base/joined.ts'
import { float32, floats } from '../../graph/tensor.ts'
import { buildNetwork, type Network, possibleBatch } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'

export interface Answers {
  /**
   * The logits of `count` images: count x classes, row-major.
   * @param write puts image `pass`, prepared, into its place, (3, size, size), where an earlier one may still be
   */
  logits(count: number, write: (pass: number, target: Float32Array) => void): Promise<Float32Array>
  dispose(): Promise<void>
}

/** A rest of so few images goes through the network one by one: a whole batch would take longer. */
const few = 8

export function createAnswers(engine: Engine, network: Network, signal: AbortSignal): Answers {
  const { size } = network.preprocessing
  const length = 3 * size * size
  const [one, many] = [possibleBatch(network, 1), possibleBatch(network, 32)]
  // Some methods ask about single images alone, so no program is made before it is needed.
  const programs = new Map<number, Awaited<ReturnType<typeof compile>>>()
  async function compile(batch: number) {
    const { graph, images, output } = buildNetwork(network, { batch })
    const program = await engine.compile({
      graph,
      outputs: { logits: output },
      parameters: network.parameters,
    })
    const content = new Float32Array(batch * length)
    return { batch, classes: output.shape[1], program, fed: images.name, content }
  }
  async function programFor(images: number) {
    const batch = images > few ? many : one
    const known = programs.get(batch) ?? (await compile(batch))
    programs.set(batch, known)
    return known
  }
  return {
    async dispose() {
      for (const { program } of programs.values()) await program.dispose()
    },
    async logits(count, write) {
      const parts: Float32Array[] = []
      for (let start = 0; start < count; ) {
        signal.throwIfAborted()
        const { batch, classes, program, fed, content } = await programFor(count - start)
        const rows = Math.min(batch, count - start)
        for (let row = 0; row < rows; row++)
          write(start + row, content.subarray(row * length, (row + 1) * length))
        const run = await program.run({ [fed]: float32([batch, 3, size, size], content) })
        parts.push(floats(run.logits).slice(0, rows * classes))
        start += rows
      }
      return joinedFloats(parts)
    },
  }
}
