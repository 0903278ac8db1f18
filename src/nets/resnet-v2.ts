/**
 * Pre-activation residual networks (He et al. 2016): every unit normalises and rectifies before it convolves,
 * and sums are not rectified. These are the networks of the first dream images of residual units: an input
 * normalisation in front, a projection wherever a stage begins.
 */
import type { Value } from '../graph/graph.ts'
import { add, relu } from '../graph/ops/elementwise.ts'
import { maxPool } from '../graph/ops/pooling.ts'
import type { Tensor } from '../graph/tensor.ts'
import { type Building, batchNormLayer, convolutionLayer, stridesBehind } from './building.ts'
import type { ResnetPlan } from './resnet.ts'

const widths = [64, 128, 256, 512]

/** x (n, 3, h, w) -> features (n, 512 or 2048, h / 32, w / 32), normalised and rectified. */
export const resnetV2Trunk =
  ({ units, unit }: ResnetPlan) =>
  (building: Building, x: Value): Value => {
    const { graph } = building
    let y = graph.scope('stem', () => {
      const normal = batchNormLayer(building, 'bn0', x)
      const first = convolutionLayer(building, 'conv0', normal, {
        channels: 64,
        kernel: 7,
        stride: 2,
        pads: 3,
      })
      const rectified = graph.layer('conv', relu(batchNormLayer(building, 'bn1', first)))
      return graph.layer('', maxPool(rectified, { kernel: 3, stride: 2, pads: 1 }))
    })
    const strideOf = stridesBehind(4, building)
    units.forEach((count, stage) => {
      const first = strideOf(stage > 0 ? 2 : 1)
      y = graph.scope(`stage${stage + 1}`, () => {
        for (let index = 0; index < count; index++) {
          const stride = index === 0 ? first : 1
          y = graph.scope(`unit${index + 1}`, () =>
            preactivationUnit(building, y, widths[stage], stride, index === 0, unit),
          )
        }
        return graph.layer('', y)
      })
    })
    return graph.scope('final', () => graph.layer('', relu(batchNormLayer(building, 'bn_final', y))))
  }

function preactivationUnit(
  building: Building,
  x: Value,
  width: number,
  stride: number,
  first: boolean,
  kind: ResnetPlan['unit'],
): Value {
  const { graph } = building
  const name = graph.scoped('').replace(/\.$/, '')
  const channels = kind === 'basic' ? width : 4 * width
  graph.layer('input', x)
  const active = relu(batchNormLayer(building, `${name}.bn1`, x))
  const shortcut = graph.layer(
    'shortcut',
    first ? convolutionLayer(building, `${name}.shortcut`, active, { channels, kernel: 1, stride }) : x,
  )
  const branch = graph.scope('branch', () => {
    const step = (index: number, y: Value, layer: Parameters<typeof convolutionLayer>[3]) =>
      convolutionLayer(
        building,
        `${name}.conv${index}`,
        index === 1 ? y : relu(batchNormLayer(building, `${name}.bn${index}`, y)),
        layer,
      )
    if (kind === 'basic') {
      const y = step(1, active, { channels: width, kernel: 3, stride, pads: 1 })
      return graph.layer('', step(2, y, { channels: width, kernel: 3, pads: 1 }))
    }
    const narrow = step(1, active, { channels: width, kernel: 1 })
    const middle = step(2, narrow, { channels: width, kernel: 3, stride, pads: 1 })
    return graph.layer('', step(3, middle, { channels, kernel: 1 }))
  })
  const sum = graph.layer('sum', add(branch, shortcut))
  graph.layer('output', sum)
  return graph.layer('', sum)
}

/** Apache MXNet's name for a parameter of these networks, as their published weights carry it, under ours. */
export function adoptMxnet(name: string, tensor: Tensor): readonly [string, Tensor] {
  const [, stage, kind, index, content] =
    /^(?:stage(\d)_)?(conv|batchnorm)(\d+)_(weight|gamma|beta|running_mean|running_var)$/.exec(name) ?? []
  if (!kind) return [name, tensor]
  const part = { gamma: 'weight', beta: 'bias' }[content] ?? content
  const short = kind === 'conv' ? 'conv' : 'bn'
  const at = Number(index)
  if (!stage) return [`${short}${at}.${part}`, tensor]
  // A unit has three of each. Among the convolutions the first unit's projection is the fourth.
  if (kind === 'conv' && at === 3) return [`stage${stage}.unit1.shortcut.${part}`, tensor]
  const place = kind === 'conv' && at > 3 ? at - 1 : at
  return [`stage${stage}.unit${Math.floor(place / 3) + 1}.${short}${(place % 3) + 1}.${part}`, tensor]
}
