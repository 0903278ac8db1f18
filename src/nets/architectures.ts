/**
 * The table of networks that can be asked for by name. Adding one is a file and a line.
 */
import { GlasshouseError } from '../errors.ts'
import type { Value } from '../graph/graph.ts'
import type { Building } from './building.ts'
import { resnetTrunk } from './resnet.ts'
import { resnetV2Trunk } from './resnet-v2.ts'
import { smallTrunk } from './small.ts'

export interface Architecture {
  readonly name: string
  /** from pictures (n, 3, h, w) to the last feature maps (n, c, h', w') */
  readonly trunk: (building: Building, x: Value) => Value
  /** side of the pictures it was designed for */
  readonly size: number
  /** the smallest side it can take */
  readonly minimumSize: number
}

const list: Architecture[] = [
  {
    name: 'resnet18',
    trunk: resnetTrunk({ units: [2, 2, 2, 2], unit: 'basic' }),
    size: 224,
    minimumSize: 32,
  },
  {
    name: 'resnet34',
    trunk: resnetTrunk({ units: [3, 4, 6, 3], unit: 'basic' }),
    size: 224,
    minimumSize: 32,
  },
  {
    name: 'resnet50',
    trunk: resnetTrunk({ units: [3, 4, 6, 3], unit: 'bottleneck' }),
    size: 224,
    minimumSize: 32,
  },
  {
    name: 'resnet101',
    trunk: resnetTrunk({ units: [3, 4, 23, 3], unit: 'bottleneck' }),
    size: 224,
    minimumSize: 32,
  },
  {
    name: 'resnet18v2',
    trunk: resnetV2Trunk({ units: [2, 2, 2, 2], unit: 'basic' }),
    size: 224,
    minimumSize: 32,
  },
  {
    name: 'resnet34v2',
    trunk: resnetV2Trunk({ units: [3, 4, 6, 3], unit: 'basic' }),
    size: 224,
    minimumSize: 32,
  },
  {
    name: 'resnet50v2',
    trunk: resnetV2Trunk({ units: [3, 4, 6, 3], unit: 'bottleneck' }),
    size: 224,
    minimumSize: 32,
  },
  { name: 'small', trunk: smallTrunk, size: 64, minimumSize: 16 },
]

export const architectures: ReadonlyMap<string, Architecture> = new Map(
  list.map(architecture => [architecture.name, architecture]),
)

export function architectureNamed(name: string, where = '--net'): Architecture {
  const architecture = architectures.get(name)
  if (!architecture) {
    throw new GlasshouseError({
      code: 'unknown-net',
      what: `there is no network called '${name}'`,
      where,
      expected: [...architectures.keys()].join(', '),
    })
  }
  return architecture
}
