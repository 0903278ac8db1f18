import { expect, test } from 'vitest'
import { random } from '../../base/random.ts'
import { imagenetStatistics } from '../../data/store.ts'
import { floats } from '../../graph/tensor.ts'
import { initialParameters, type Network } from '../../nets/network.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import type { Engine } from '../../runtime/engine.ts'
import { createAnswers } from './answers.ts'

const size = 32
const plan = {
  net: 'small',
  head: { kind: 'classes', classes: ['ash', 'oak', 'elm'] },
  preprocessing: { size, resize: size, ...imagenetStatistics },
} as const
const network: Network = { ...plan, parameters: initialParameters(plan, 1) }
const engine = await createEngine({ threads: 1 })
const { signal } = new AbortController()

/** How many images each run of its programs takes. */
function counting(engine: Engine): { engine: Engine; fed: number[] } {
  const fed: number[] = []
  const compile: Engine['compile'] = async (...asked) => {
    const program = await engine.compile(...asked)
    const run: typeof program.run = (feeds, ...rest) => {
      fed.push(floats(Object.values(feeds)[0]).length / (3 * size * size))
      return program.run(feeds, ...rest)
    }
    return { ...program, run, dispose: () => program.dispose() }
  }
  return { engine: { ...engine, compile }, fed }
}

const write = (pass: number, target: Float32Array) => {
  const { normal } = random(pass, 'image')
  for (let at = 0; at < target.length; at++) target[at] = normal()
}

test('are those of each image alone, and few images take few runs', async () => {
  const single = createAnswers(engine, network, signal)
  const alone: number[] = []
  for (let pass = 0; pass < 45; pass++)
    alone.push(...(await single.logits(1, (_, target) => write(pass, target))))
  await single.dispose()
  for (const [count, runs] of [
    [1, [1]],
    [3, [1, 1, 1]],
    [33, [32, 1]],
    [45, [32, 32]],
  ] as const) {
    const counted = counting(engine)
    const answers = createAnswers(counted.engine, network, signal)
    const logits = await answers.logits(count, write)
    await answers.dispose()
    expect(counted.fed, `${count} images`).toEqual(runs)
    expect(logits).toHaveLength(3 * count)
    logits.forEach((logit, at) => {
      expect(logit).toBeCloseTo(alone[at], 4)
    })
  }
})
