/**
 * The output stride of a network: how many pixels lie between the cells of its last maps.
 *
 * Networks for 224 pixels halve their maps five times, which leaves 2 x 2 cells of 64 pixels: too few for a map to say
 * where. Their later stages can keep the size instead. The parameters stay the same, the later stages cost more.
 */
import { GlasshouseError } from '../base/errors.ts'
import { Graph } from '../graph/graph.ts'
import { architectureNamed } from './architectures.ts'
import { startBuilding } from './building.ts'

/** Cells along a side that a map should have at least: a ResNet has 7 of the default of 97 pixels, 8 of 64. */
export const fineEnough = 6

/** Smaller images leave the architectures as they are: each halving that is left out costs up to four times. */
const smallestSize = 48

export const outputStrideChoices = ['auto', 'native', '32', '16', '8', '4'] as const
export type OutputStrideChoice = (typeof outputStrideChoices)[number]

/**
 * The output stride that is to be built, undefined for the architecture's own. `auto` is the largest one whose maps have
 * six cells along a side or more.
 */
export function outputStrideOf(net: string, size: number, choice: OutputStrideChoice): number | undefined {
  if (choice === 'native') return undefined
  const { outputStrides = [] } = architectureNamed(net)
  const [own] = outputStrides
  if (choice === 'auto') {
    if (size < smallestSize) return undefined
    const fine =
      outputStrides.find(stride => cellsAt(net, size, stride) >= fineEnough) ?? outputStrides.at(-1)
    return fine === own ? undefined : fine
  }
  const stride = Number(choice)
  if (outputStrides.includes(stride)) return stride === own ? undefined : stride
  throw new GlasshouseError({
    code: 'output-stride',
    what: `${net} cannot be built with this output stride`,
    path: ['options', 'outputStride'],
    expected: outputStrides.length
      ? `one of ${outputStrides.join(', ')}`
      : 'native: it has one output stride only',
    got: choice,
  })
}

/** By network, size and stride: a sweep asks for every run. */
const counted = new Map<string, number>()

/** Cells along a side. Counted on the network, as those that do not pad their edges have fewer than size / stride. */
export function cellsAt(net: string, size: number, outputStride: number): number {
  const key = `${net} ${size} ${outputStride}`
  const cells = counted.get(key) ?? countCells(net, size, outputStride)
  counted.set(key, cells)
  return cells
}

function countCells(net: string, size: number, outputStride: number): number {
  const graph = new Graph()
  const building = startBuilding(graph, 'inference', { outputStride })
  const whole = architectureNamed(net).trunk(building, graph.input('images', [1, 3, size, size]))
  return ('features' in whole ? whole.features : whole).shape[2]
}
