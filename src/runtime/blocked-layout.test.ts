import { expect, test } from 'vitest'
import { float32, floats } from '../graph/tensor.ts'
import { blockOf } from './blocked-layout.ts'
import { createEngine } from './engine.node.ts'
import type { Engine } from './engine.ts'

const { load } = await createEngine({ threads: 1 })

test('a block has 8 or 16 channels, or there is none', async () => {
  expect([1, 8, 16]).toContain(await blockOf(load))
})

test('there is none where the runtime lacks its operators', async () => {
  expect(await blockOf(() => Promise.reject(new Error('no kernel for ReorderInput')))).toBe(1)
})

test('there is none where a convolution comes out wrong', async () => {
  let programs = 0
  const wrong: Engine['load'] = async model => {
    const program = await load(model)
    const isLast = ++programs === 3
    return {
      ...program,
      async run(feeds) {
        const { output } = await program.run(feeds)
        return {
          output: isLast
            ? float32(
                output.shape,
                floats(output).map(value => value + 1),
              )
            : output,
        }
      },
    }
  }
  expect(await blockOf(wrong)).toBe(1)
})
