/**
 * ConvNeXt (Liu et al. 2022), under torchvision's names. Units work with channels last; a normalisation stands between
 * the mean of the maps and the head. Layers: `stem`, `stage1` to `stage4` and their `unit1`, ..., with `.input`,
 * `.branch`, `.shortcut` and `.sum`.
 */
import type { Value } from '../graph/graph.ts'
import { gelu, mul } from '../graph/ops/elementwise.ts'
import { flatten, transpose } from '../graph/ops/layout.ts'
import { globalAveragePool } from '../graph/ops/pooling.ts'
import type { Architecture, Trunk } from './architecture.ts'
import { residualSum } from './blocks.ts'
import {
  type Building,
  type ConvolutionLayer,
  convolutionLayer,
  type LinearStart,
  layerNormLayer,
  linearLayer,
  parameter,
} from './building.ts'

interface Plan {
  /** of each stage */
  channels: readonly number[]
  units: readonly number[]
}

const epsilon = 1e-6
const initial = { normal: 0.02 } as const
const start: LinearStart = { weight: initial, bias: 'zeros' }

const convolve = (building: Building, name: string, x: Value, layer: ConvolutionLayer): Value =>
  convolutionLayer(building, name, x, { ...layer, bias: true, initial })

const channelsLast = (x: Value): Value => transpose(x, [0, 2, 3, 1])
const channelsFirst = (x: Value): Value => transpose(x, [0, 3, 1, 2])

const norm2d = (building: Building, name: string, x: Value): Value =>
  channelsFirst(layerNormLayer(building, name, channelsLast(x), epsilon))

function unit(building: Building, name: string, x: Value): Value {
  const channels = x.shape[1]
  const block = `${name}.block`
  const spread = convolve(building, `${block}.0`, x, { channels, kernel: 7, pads: 3, groups: channels })
  const normal = layerNormLayer(building, `${block}.2`, channelsLast(spread), epsilon)
  const wide = gelu(linearLayer(building, `${block}.3`, normal, 4 * channels, start))
  const narrow = channelsFirst(linearLayer(building, `${block}.5`, wide, channels, start))
  const scale = parameter(building, `${name}.layer_scale`, [channels, 1, 1], { value: 1e-6 })
  return residualSum(building, x, mul(narrow, scale))
}

/** x (n, 3, h, w) -> features (n, c, h / 32, w / 32) and their normalised mean. */
const trunk =
  ({ channels, units }: Plan) =>
  (building: Building, x: Value): Trunk => {
    const { graph } = building
    const patches = convolve(building, 'features.0.0', x, { channels: channels[0], kernel: 4, stride: 4 })
    let y = graph.layer('stem', norm2d(building, 'features.0.1', patches))
    units.forEach((count, stage) => {
      y = graph.scope(`stage${stage + 1}`, () => {
        if (stage > 0) {
          const normal = norm2d(building, `features.${2 * stage}.0`, y)
          const layer = { channels: channels[stage], kernel: 2, stride: 2 }
          y = convolve(building, `features.${2 * stage}.1`, normal, layer)
        }
        for (let index = 0; index < count; index++)
          y = graph.scope(`unit${index + 1}`, () => unit(building, `features.${2 * stage + 1}.${index}`, y))
        return graph.layer('', y)
      })
    })
    const mean = flatten(globalAveragePool(y))
    return { features: y, vector: layerNormLayer(building, 'classifier.0', mean, epsilon) }
  }

/** With the side that published weights resize to. */
const plans: Readonly<Record<string, Plan & { resize: number }>> = {
  convnext_tiny: { channels: [96, 192, 384, 768], units: [3, 3, 9, 3], resize: 236 },
  convnext_small: { channels: [96, 192, 384, 768], units: [3, 3, 27, 3], resize: 230 },
  convnext_base: { channels: [128, 256, 512, 1024], units: [3, 3, 27, 3], resize: 232 },
  convnext_large: { channels: [192, 384, 768, 1536], units: [3, 3, 27, 3], resize: 232 },
}

export const convnexts: readonly Architecture[] = Object.entries(plans).map(([name, plan]) => ({
  name,
  trunk: trunk(plan),
  size: 224,
  minimumSize: 32,
  classifier: 'classifier.2',
  headStart: () => start,
  published: { resize: plan.resize },
}))
