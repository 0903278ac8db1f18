/**
 * The residual networks for 32-pixel images of He et al. 2015, section 4.2, with parameter-free shortcuts: where
 * a stage begins, every second pixel is taken and the missing channels are zeros ("option A"). Parameters carry
 * the names of the common PyTorch implementations.
 */
import type { Value } from '../graph/graph.ts'
import { add, relu } from '../graph/ops/elementwise.ts'
import { pad, slice } from '../graph/ops/layout.ts'
import { type Building, batchNormLayer, convNormRelu, convolutionLayer } from './building.ts'

const widths = [16, 32, 64]

/** x (n, 3, h, w) -> features (n, 64, h / 4, w / 4); 6 * units + 2 layers deep. */
export const cifarResnetTrunk =
  (units: number) =>
  (building: Building, x: Value): Value => {
    const { graph } = building
    let y = graph.layer(
      'stem',
      convNormRelu(building, 'conv1', 'bn1', x, { channels: 16, kernel: 3, pads: 1 }),
    )
    widths.forEach((width, stage) => {
      y = graph.scope(`stage${stage + 1}`, () => {
        for (let unit = 0; unit < units; unit++) {
          const stride = stage > 0 && unit === 0 ? 2 : 1
          y = graph.scope(`unit${unit + 1}`, () =>
            residualUnit(building, `layer${stage + 1}.${unit}`, y, width, stride),
          )
        }
        return graph.layer('', y)
      })
    })
    return y
  }

function residualUnit(building: Building, name: string, x: Value, channels: number, stride: number): Value {
  const { graph } = building
  graph.layer('input', x)
  const first = convNormRelu(building, `${name}.conv1`, `${name}.bn1`, x, {
    channels,
    kernel: 3,
    stride,
    pads: 1,
  })
  const second = convolutionLayer(building, `${name}.conv2`, first, { channels, kernel: 3, pads: 1 })
  const branch = graph.layer('branch', batchNormLayer(building, `${name}.bn2`, second))
  const shortcut = graph.layer('shortcut', stride === 1 ? x : everySecondPixel(x, channels))
  const sum = graph.layer('sum', add(branch, shortcut))
  return graph.layer('', graph.layer('output', relu(sum)))
}

function everySecondPixel(x: Value, channels: number): Value {
  const missing = (channels - x.shape[1]) / 2
  const thinned = slice(x, [
    { axis: 2, step: 2 },
    { axis: 3, step: 2 },
  ])
  return pad(thinned, [0, missing, 0, 0], [0, missing, 0, 0])
}
