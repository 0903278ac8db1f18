/**
 * Swin transformers (Liu et al. 2021), under torchvision's names: attention within windows of 7 x 7 places, which are
 * shifted by half a window in every second block, and places that merge four to one between stages.
 *
 * Layers: `stem`, `stage1` to `stage4` (n, h, w, c), their `block1`, ... and `block1.attention` (n * windows, heads, 49, 49).
 */
import type { Value } from '../graph/graph.ts'
import { add, gelu } from '../graph/ops/elementwise.ts'
import { concat, gather, pad, reshape, slice, split, transpose } from '../graph/ops/layout.ts'
import { float32, int64, type Tensor } from '../graph/tensor.ts'
import type { Architecture } from './architecture.ts'
import {
  type Building,
  convolutionLayer,
  type LinearStart,
  layerNormLayer,
  linearLayer,
  parameter,
} from './building.ts'
import { withLora } from './lora.ts'
import { attend } from './vit.ts'

interface Plan {
  width: number
  blocks: readonly number[]
  heads: readonly number[]
}

/** Places along a window. */
const side = 7
const area = side ** 2
const epsilon = 1e-5
const start: LinearStart = { weight: { normal: 0.02 }, bias: 'zeros' }

/** For query i and key j of a window, the row of the table of biases: by how far they lie apart. */
const apart: Tensor = int64(
  [area * area],
  Array.from({ length: area * area }, (_, at) => {
    const [i, j] = [Math.floor(at / area), at % area]
    const down = Math.floor(i / side) - Math.floor(j / side) + side - 1
    return down * (2 * side - 1) + (i % side) - (j % side) + side - 1
  }),
)

/** x (n, h, w, c) moved by `places` towards the beginning of an axis; what falls off comes back at the end. */
function rolled(x: Value, axis: number, places: number): Value {
  if (places === 0) return x
  const cut = places < 0 ? x.shape[axis] + places : places
  return concat([slice(x, [{ axis, start: cut }]), slice(x, [{ axis, end: cut }])], axis)
}

/** (n, h, w, c) -> (n * windows, 49, c), and back. */
function windowsOf(x: Value): Value {
  const [n, h, w, c] = x.shape
  const cut = transpose(reshape(x, [n, h / side, side, w / side, side, c]), [0, 1, 3, 2, 4, 5])
  return reshape(cut, [(n * h * w) / area, area, c])
}
function fromWindows(x: Value, [n, h, w, c]: readonly number[]): Value {
  const cut = reshape(x, [n, h / side, w / side, side, side, c])
  return reshape(transpose(cut, [0, 1, 3, 2, 4, 5]), [n, h, w, c])
}

/** (windows, 1, 49, 49): -100 where query and key come from different sides of the border that the shift wrapped. */
function maskOf(height: number, width: number, [down, across]: readonly [number, number]): Tensor {
  const part = (at: number, extent: number, shift: number) =>
    at < extent - side ? 0 : at < extent - shift ? 1 : 2
  // As torchvision cuts: where an axis is not shifted its last slice is all of it.
  const region = (y: number, x: number) =>
    (down ? part(y, height, down) : 2) * 3 + (across ? part(x, width, across) : 2)
  const windows = (height * width) / area
  const data = new Float32Array(windows * area * area)
  for (let window = 0; window < windows; window++) {
    const top = Math.floor(window / (width / side)) * side
    const left = (window % (width / side)) * side
    const regions = Array.from({ length: area }, (_, k) =>
      region(top + Math.floor(k / side), left + (k % side)),
    )
    for (let i = 0; i < area; i++)
      for (let j = 0; j < area; j++)
        if (regions[i] !== regions[j]) data[(window * area + i) * area + j] = -100
  }
  return float32([windows, 1, area, area], data)
}

/** The bias of every pair of places in a window: (heads, 49, 49). */
function biasOf(building: Building, name: string, heads: number): Value {
  const { graph } = building
  const rows = (2 * side - 1) ** 2
  const table = parameter(building, `${name}.relative_position_bias_table`, [rows, heads], { normal: 0.02 })
  return transpose(reshape(gather(table, graph.constant(apart)), [area, area, heads]), [2, 0, 1])
}

function windowAttention(
  building: Building,
  name: string,
  x: Value,
  heads: number,
  isShifted: boolean,
): Value {
  const [n, height, width, channels] = x.shape
  const whole = (extent: number) => Math.ceil(extent / side) * side
  const [tall, broad] = [whole(height), whole(width)]
  const isPadded = tall > height || broad > width
  const padded = isPadded ? pad(x, [0, 0, 0, 0], [0, tall - height, broad - width, 0]) : x
  const half = Math.floor(side / 2)
  const shift = [tall, broad].map(extent => (isShifted && extent > side ? half : 0))
  const [down, across] = shift
  const windows = windowsOf(rolled(rolled(padded, 1, down), 2, across))
  const [count] = windows.shape
  const qkv = linearLayer(building, `${name}.qkv`, windows, 3 * channels, start)
  const parts = split(qkv, [channels, channels, channels], 2)
  const mixed = attend(building, withLora(building, `${name}.qkv.weight`, windows, parts), heads, scores => {
    const biased = add(scores, biasOf(building, name, heads))
    if (!down && !across) return biased
    const mask = building.graph.constant(maskOf(tall, broad, [down, across]))
    const grouped = add(reshape(biased, [n, count / n, heads, area, area]), mask)
    return reshape(grouped, [count, heads, area, area])
  })
  const projected = linearLayer(building, `${name}.proj`, mixed, channels, start)
  const back = fromWindows(projected, [n, tall, broad, channels])
  const unrolled = rolled(rolled(back, 2, -across), 1, -down)
  return isPadded
    ? slice(unrolled, [
        { axis: 1, end: height },
        { axis: 2, end: width },
      ])
    : unrolled
}

function blockOf(building: Building, name: string, x: Value, heads: number, isShifted: boolean): Value {
  const channels = x.shape[3]
  const seen = layerNormLayer(building, `${name}.norm1`, x, epsilon)
  const middle = add(x, windowAttention(building, `${name}.attn`, seen, heads, isShifted))
  const normal = layerNormLayer(building, `${name}.norm2`, middle, epsilon)
  const wide = gelu(linearLayer(building, `${name}.mlp.0`, normal, 4 * channels, start))
  return building.graph.layer('', add(middle, linearLayer(building, `${name}.mlp.3`, wide, channels, start)))
}

/** Four neighbours become one place of twice the channels. */
function merged(building: Building, name: string, x: Value): Value {
  const [, height, width, channels] = x.shape
  const isOdd = height % 2 || width % 2
  const even = isOdd ? pad(x, [0, 0, 0, 0], [0, height % 2, width % 2, 0]) : x
  const part = (down: number, across: number) =>
    slice(even, [
      { axis: 1, start: down, step: 2 },
      { axis: 2, start: across, step: 2 },
    ])
  const four = concat([part(0, 0), part(1, 0), part(0, 1), part(1, 1)], 3)
  const normal = layerNormLayer(building, `${name}.norm`, four, epsilon)
  return linearLayer(building, `${name}.reduction`, normal, 2 * channels, { ...start, bias: false })
}

/** x (n, 3, h, w) -> features (n, c, h / 32, w / 32), normalised. */
const trunk =
  ({ width, blocks, heads }: Plan) =>
  (building: Building, x: Value): Value => {
    const { graph } = building
    // torchvision leaves the patches to PyTorch's own start.
    const uniform = 1 / Math.sqrt(3 * 4 ** 2)
    const layer = { channels: width, kernel: 4, stride: 4, bias: true, initial: { uniform } }
    const patches = transpose(convolutionLayer(building, 'features.0.0', x, layer), [0, 2, 3, 1])
    let y = graph.layer('stem', layerNormLayer(building, 'features.0.2', patches, epsilon))
    blocks.forEach((count, stage) => {
      y = graph.scope(`stage${stage + 1}`, () => {
        if (stage > 0) y = merged(building, `features.${2 * stage}`, y)
        for (let index = 0; index < count; index++)
          y = graph.scope(`block${index + 1}`, () =>
            blockOf(building, `features.${2 * stage + 1}.${index}`, y, heads[stage], index % 2 === 1),
          )
        return graph.layer('', y)
      })
    })
    return transpose(layerNormLayer(building, 'norm', y, epsilon), [0, 3, 1, 2])
  }

/** With the side that published weights resize to. */
const plans: Readonly<Record<string, Plan & { resize: number }>> = {
  swin_t: { width: 96, blocks: [2, 2, 6, 2], heads: [3, 6, 12, 24], resize: 232 },
  swin_s: { width: 96, blocks: [2, 2, 18, 2], heads: [3, 6, 12, 24], resize: 246 },
  swin_b: { width: 128, blocks: [2, 2, 18, 2], heads: [4, 8, 16, 32], resize: 238 },
}

export const swins: readonly Architecture[] = Object.entries(plans).map(([name, plan]) => ({
  name,
  trunk: trunk(plan),
  size: 224,
  minimumSize: 32,
  classifier: 'head',
  headStart: () => start,
  published: { resize: plan.resize, interpolation: 'bicubic' },
  superfluous: /\.(relative_position_index|attn_mask)$/,
}))
