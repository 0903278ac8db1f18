/**
 * Residual networks in torchvision's form (He et al. 2015): convolution, normalisation, ReLU, and a ReLU after
 * the sum; wide ones (Zagoruyko and Komodakis 2016), and those whose 3x3 convolutions go by groups (ResNeXt, Xie et
 * al. 2017). Parameters carry torchvision's names, so its weight files load unchanged.
 */
import type { Value } from '../graph/graph.ts'
import { add, relu } from '../graph/ops/elementwise.ts'
import { maxPool } from '../graph/ops/pooling.ts'
import type { Architecture } from './architecture.ts'
import { type Building, batchNormLayer, convNormRelu, convolutionLayer, stridesBehind } from './building.ts'

export interface ResnetPlan {
  units: readonly number[]
  unit: 'basic' | 'bottleneck'
  /** of the 3x3 convolution of a bottleneck; 1 unless given */
  groups?: number
  /** channels of a group in the first stage; 64 unless given */
  groupWidth?: number
}

const widths = [64, 128, 256, 512]

/** x (n, 3, h, w) -> features (n, 512 or 2048, h / 32, w / 32), or of the output stride that is wanted. */
const resnetTrunk =
  (plan: ResnetPlan) =>
  (building: Building, x: Value): Value => {
    const { graph } = building
    let y = graph.scope('stem', () => {
      const convolved = convolutionLayer(building, 'conv1', x, {
        channels: 64,
        kernel: 7,
        stride: 2,
        pads: 3,
      })
      const normal = batchNormLayer(building, 'bn1', convolved)
      graph.layer('conv', relu(normal))
      // The same as pooling after the ReLU, on a quarter of the numbers.
      return graph.layer('', relu(maxPool(normal, { kernel: 3, stride: 2, pads: 1 })))
    })
    const strideOf = stridesBehind(4, building)
    plan.units.forEach((count, stage) => {
      const first = strideOf(stage > 0 ? 2 : 1)
      y = graph.scope(`stage${stage + 1}`, () => {
        for (let index = 0; index < count; index++) {
          const stride = index === 0 ? first : 1
          y = graph.scope(`unit${index + 1}`, () =>
            residualUnit(building, `layer${stage + 1}.${index}`, y, widths[stage], stride, plan),
          )
        }
        return graph.layer('', y)
      })
    })
    return y
  }

function residualUnit(
  building: Building,
  name: string,
  x: Value,
  width: number,
  stride: number,
  plan: ResnetPlan,
): Value {
  const { graph } = building
  const channels = plan.unit === 'basic' ? width : 4 * width
  graph.layer('input', x)
  const branch = graph.scope('branch', () =>
    graph.layer(
      '',
      plan.unit === 'basic'
        ? basicBranch(building, name, x, width, stride)
        : bottleneckBranch(building, name, x, width, stride, plan),
    ),
  )
  const shortcut = graph.scope('shortcut', () => {
    if (stride === 1 && x.shape[1] === channels) return graph.layer('', x)
    const projected = convolutionLayer(building, `${name}.downsample.0`, x, { channels, kernel: 1, stride })
    return graph.layer('', batchNormLayer(building, `${name}.downsample.1`, projected))
  })
  const sum = graph.layer('sum', add(branch, shortcut))
  const output = graph.layer('output', relu(sum))
  return graph.layer('', output)
}

function basicBranch(building: Building, name: string, x: Value, width: number, stride: number): Value {
  const first = convNormRelu(building, `${name}.conv1`, `${name}.bn1`, x, {
    channels: width,
    kernel: 3,
    stride,
    pads: 1,
  })
  return batchNormLayer(
    building,
    `${name}.bn2`,
    convolutionLayer(building, `${name}.conv2`, first, { channels: width, kernel: 3, pads: 1 }),
  )
}

/** The stride stands on the 3x3 convolution, as in torchvision ("version 1.5"). */
function bottleneckBranch(
  building: Building,
  name: string,
  x: Value,
  width: number,
  stride: number,
  { groups = 1, groupWidth = 64 }: ResnetPlan,
): Value {
  const channels = Math.floor((width * groupWidth) / 64) * groups
  const narrow = convNormRelu(building, `${name}.conv1`, `${name}.bn1`, x, { channels, kernel: 1 })
  const middle = convNormRelu(building, `${name}.conv2`, `${name}.bn2`, narrow, {
    channels,
    kernel: 3,
    stride,
    pads: 1,
    groups,
  })
  return batchNormLayer(
    building,
    `${name}.bn3`,
    convolutionLayer(building, `${name}.conv3`, middle, { channels: 4 * width, kernel: 1 }),
  )
}

const plans: Readonly<Record<string, ResnetPlan>> = {
  resnet18: { units: [2, 2, 2, 2], unit: 'basic' },
  resnet34: { units: [3, 4, 6, 3], unit: 'basic' },
  resnet50: { units: [3, 4, 6, 3], unit: 'bottleneck' },
  resnet101: { units: [3, 4, 23, 3], unit: 'bottleneck' },
  resnet152: { units: [3, 8, 36, 3], unit: 'bottleneck' },
  wide_resnet50_2: { units: [3, 4, 6, 3], unit: 'bottleneck', groupWidth: 128 },
  wide_resnet101_2: { units: [3, 4, 23, 3], unit: 'bottleneck', groupWidth: 128 },
  resnext50_32x4d: { units: [3, 4, 6, 3], unit: 'bottleneck', groups: 32, groupWidth: 4 },
  resnext101_32x8d: { units: [3, 4, 23, 3], unit: 'bottleneck', groups: 32, groupWidth: 8 },
  resnext101_64x4d: { units: [3, 4, 23, 3], unit: 'bottleneck', groups: 64, groupWidth: 4 },
}

export const resnets: readonly Architecture[] = Object.entries(plans).map(([name, plan]) => ({
  name,
  trunk: resnetTrunk(plan),
  outputStrides: [32, 16, 8],
  size: 224,
  minimumSize: 32,
}))
