// Processor time of one map by each method, on an image of noise: other programs on the machine hardly change it.
import { random } from '../dist/base/random.js'
import { openMapper } from '../dist/lenses/cam/mapper.js'
import { openModel } from '../dist/runs/open-model.node.js'
import { createEngine } from '../dist/runtime/engine.node.js'

/**
 * @param {string} model
 * @param {{ method: import('../dist/lenses/cam/methods.js').MapMethod, passes?: number }[]} requests
 * @returns {Promise<Record<string, number>>} seconds, by method
 */
export async function timesOf(model, requests) {
  const engine = await createEngine({ threads: 1 })
  const { network } = await openModel(model)
  const { size } = network.preprocessing
  const { normal } = random(0, 'image')
  const image = Float32Array.from({ length: 3 * size * size }, () => normal())
  const tools = { engine, seed: 0, signal: new AbortController().signal }
  /** @type {Record<string, number>} */
  const seconds = {}
  for (const { method, passes } of requests) {
    const mapper = await openMapper(tools, network, { method, passes, classes: 1 }, 1)
    await mapper.maps(image, [[-1]])
    const repetitions = 3
    const start = process.cpuUsage()
    for (let i = 0; i < repetitions; i++) await mapper.maps(image, [[-1]])
    const { user, system } = process.cpuUsage(start)
    seconds[method] = (user + system) / 1e6 / repetitions
    await mapper.dispose()
  }
  return seconds
}
