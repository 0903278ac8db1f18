import { expect, test } from 'vitest'
import { random } from '../../base/random.ts'
import { imagenetStatistics } from '../../data/store.ts'
import { Graph } from '../../graph/graph.ts'
import { buildNetwork, initialParameters, type NetworkPlan } from '../../nets/network.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { gradientsOf, layersOn } from './gradients.ts'
import { imageOf, noisePicture } from './image.ts'
import { norm } from './objectives.ts'

const engine = await createEngine({ threads: 1 })
const plan: NetworkPlan = {
  net: 'small',
  head: { kind: 'embedding', dim: 2 },
  preprocessing: { size: 32, resize: 32, ...imagenetStatistics },
}
const network = { ...plan, parameters: initialParameters(plan, 0) }
const picture = noisePicture(32, 32, random(0, 'picture'))

test('layers go by their names, and any value by its own', () => {
  const graph = new Graph()
  const layers = layersOn(graph, graph.input('images', [1, 3, 48, 32]), network)
  expect(layers('stage2').shape).toEqual([1, 64, 12, 8])
  const own = buildNetwork(network, { batch: 1 }).graph.layers.get('stage2')!.name
  expect(layers(own)).toBe(layers('stage2'))
  expect(() => layers('nowhere')).toThrow('no such layer')
})

test('the slope is how the objective changes with the image', async () => {
  const gradients = gradientsOf(engine, network, norm('stage2'))
  const image = imageOf(picture)
  const { gradient } = await gradients.at(image)
  const size = Math.hypot(...gradient)
  const objectiveAt = async (by: number) => {
    const data = image.data.map((value, i) => value + (by * gradient[i]) / size)
    return (await gradients.at({ ...image, data })).objective
  }
  const steepness = (await objectiveAt(0.5)) - (await objectiveAt(-0.5))
  await gradients.dispose()
  expect(steepness / size).toBeCloseTo(1, 1)
})
