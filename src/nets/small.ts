/**
 * A little residual network for images of 32 to 64 pixels: four stages of one basic unit, no max pool. It
 * trains on two cores in minutes, and has the layer names of its larger kin.
 */
import type { Value } from '../graph/graph.ts'
import { add, relu } from '../graph/ops/elementwise.ts'
import { type Building, batchNormLayer, convNormRelu, convolutionLayer, stridesBehind } from './building.ts'

const widths = [32, 64, 128, 256]

/** x (n, 3, h, w) -> features (n, 256, h / 16, w / 16), or of the output stride that is wanted. */
export function smallTrunk(building: Building, x: Value): Value {
  const { graph } = building
  let y = graph.scope('stem', () =>
    graph.layer(
      '',
      convNormRelu(building, 'stem.conv', 'stem.norm', x, {
        channels: widths[0],
        kernel: 3,
        stride: 2,
        pads: 1,
      }),
    ),
  )
  const strideOf = stridesBehind(2, building)
  widths.forEach((width, stage) => {
    const stride = strideOf(stage > 0 ? 2 : 1)
    y = graph.scope(`stage${stage + 1}`, () =>
      graph.layer(
        '',
        graph.scope('unit1', () => unit(building, y, width, stride)),
      ),
    )
  })
  return y
}

function unit(building: Building, x: Value, channels: number, stride: number): Value {
  const { graph } = building
  const name = graph.scoped('').replace(/\.$/, '')
  graph.layer('input', x)
  const branch = graph.scope('branch', () => {
    const first = convNormRelu(building, `${name}.conv1`, `${name}.norm1`, x, {
      channels,
      kernel: 3,
      stride,
      pads: 1,
    })
    return graph.layer(
      '',
      batchNormLayer(
        building,
        `${name}.norm2`,
        convolutionLayer(building, `${name}.conv2`, first, { channels, kernel: 3, pads: 1 }),
      ),
    )
  })
  const shortcut = graph.scope('shortcut', () => {
    if (stride === 1 && x.shape[1] === channels) return graph.layer('', x)
    return graph.layer(
      '',
      batchNormLayer(
        building,
        `${name}.shortcut_norm`,
        convolutionLayer(building, `${name}.shortcut`, x, { channels, kernel: 1, stride }),
      ),
    )
  })
  const sum = graph.layer('sum', add(branch, shortcut))
  return graph.layer('', graph.layer('output', relu(sum)))
}
