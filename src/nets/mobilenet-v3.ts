/**
 * MobileNetV3 (Howard et al. 2019), under torchvision's names: inverted residual units, some of which weight their
 * channels, and a linear layer with its activation between the mean of the maps and the head.
 * Layers: `stem`, `unit1`, ... with `.input`, `.branch`, `.shortcut` and `.sum` where a unit adds, `top`.
 */
import type { Value } from '../graph/graph.ts'
import { hardSigmoid, hardSwish } from '../graph/ops/elementwise.ts'
import { flatten } from '../graph/ops/layout.ts'
import { globalAveragePool } from '../graph/ops/pooling.ts'
import type { Architecture, Trunk } from './architecture.ts'
import { type Activation, convNormActivation, residualSum, roundedTo8, squeezeExcitation } from './blocks.ts'
import { type Building, type LinearStart, linearLayer, stridesBehind } from './building.ts'

/** Kernel, widened channels, channels, whether it weights channels, activation, stride. */
type Unit = readonly [number, number, number, boolean, Activation, number]

const large: readonly Unit[] = [
  [3, 16, 16, false, 'relu', 1],
  [3, 64, 24, false, 'relu', 2],
  [3, 72, 24, false, 'relu', 1],
  [5, 72, 40, true, 'relu', 2],
  [5, 120, 40, true, 'relu', 1],
  [5, 120, 40, true, 'relu', 1],
  [3, 240, 80, false, 'hardswish', 2],
  [3, 200, 80, false, 'hardswish', 1],
  [3, 184, 80, false, 'hardswish', 1],
  [3, 184, 80, false, 'hardswish', 1],
  [3, 480, 112, true, 'hardswish', 1],
  [3, 672, 112, true, 'hardswish', 1],
  [5, 672, 160, true, 'hardswish', 2],
  [5, 960, 160, true, 'hardswish', 1],
  [5, 960, 160, true, 'hardswish', 1],
]

const small: readonly Unit[] = [
  [3, 16, 16, true, 'relu', 2],
  [3, 72, 24, false, 'relu', 2],
  [3, 88, 24, false, 'relu', 1],
  [5, 96, 40, true, 'hardswish', 2],
  [5, 240, 40, true, 'hardswish', 1],
  [5, 240, 40, true, 'hardswish', 1],
  [5, 120, 48, true, 'hardswish', 1],
  [5, 144, 48, true, 'hardswish', 1],
  [5, 288, 96, true, 'hardswish', 2],
  [5, 576, 96, true, 'hardswish', 1],
  [5, 576, 96, true, 'hardswish', 1],
]

const epsilon = 1e-3
const start: LinearStart = { weight: { normal: 0.01 }, bias: 'zeros' }

const gate = (x: Value): Value => hardSigmoid(x, 1 / 6, 0.5)

function invertedResidual(building: Building, index: number, x: Value, unit: Unit, stride: number): Value {
  const [kernel, widened, channels, weights, activation] = unit
  const name = `features.${index}.block`
  let part = 0
  const next = () => `${name}.${part++}`
  let y = x
  if (widened !== x.shape[1])
    y = convNormActivation(building, next(), y, { channels: widened, kernel: 1, activation, epsilon })
  y = convNormActivation(building, next(), y, {
    channels: widened,
    kernel,
    stride,
    groups: widened,
    activation,
    epsilon,
  })
  if (weights) y = squeezeExcitation(building, next(), y, roundedTo8(Math.floor(widened / 4)), 'relu', gate)
  y = convNormActivation(building, next(), y, { channels, kernel: 1, activation: 'none', epsilon })
  return stride === 1 && x.shape[1] === channels ? residualSum(building, x, y) : building.graph.layer('', y)
}

/** x (n, 3, h, w) -> features (n, c, h / 32, w / 32), or of the output stride that is wanted, and a vector. */
const trunk =
  (units: readonly Unit[], width: number) =>
  (building: Building, x: Value): Trunk => {
    const { graph } = building
    const edge = { kernel: 3, stride: 2, activation: 'hardswish', epsilon } as const
    let y = graph.layer('stem', convNormActivation(building, 'features.0', x, { ...edge, channels: 16 }))
    const strideOf = stridesBehind(2, building)
    units.forEach((unit, index) => {
      const stride = strideOf(unit[5])
      y = graph.scope(`unit${index + 1}`, () => invertedResidual(building, index + 1, y, unit, stride))
    })
    const top = { channels: 6 * y.shape[1], kernel: 1, activation: 'hardswish', epsilon } as const
    const features = graph.layer('top', convNormActivation(building, `features.${units.length + 1}`, y, top))
    const mean = flatten(globalAveragePool(features))
    return { features, vector: hardSwish(linearLayer(building, 'classifier.0', mean, width, start)) }
  }

const common = {
  outputStrides: [32, 16, 8],
  size: 224,
  minimumSize: 32,
  classifier: 'classifier.3',
  headStart: () => start,
} as const

export const mobilenetsV3: readonly Architecture[] = [
  { name: 'mobilenet_v3_small', trunk: trunk(small, 1024), ...common },
  { name: 'mobilenet_v3_large', trunk: trunk(large, 1280), ...common },
]
