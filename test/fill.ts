/** The TypeScript twin of oracles/fill.py: weights and inputs that Python and we compute alike, from names. */
import { float32, type Shape, sizeOf, type Tensor } from '../src/graph/tensor.ts'
import { type NetworkPlan, parameterSpecs } from '../src/nets/network.ts'

export function fill(name: string, shape: Shape, scale = 1, shift = 0): Tensor<'float32'> {
  let seed = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193)
  const data = new Float32Array(sizeOf(shape))
  for (let k = 0; k < data.length; k++) {
    let h = (seed + Math.imul(k, 2654435761)) | 0
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    data[k] = (((h ^ (h >>> 16)) >>> 0) / 2 ** 32 - 0.5) * scale + shift
  }
  return float32(shape, data)
}

function scaleOf(name: string, shape: Shape): [scale: number, shift: number] {
  if (/(layer_scale|gamma|lambda1)$/.test(name)) return [0.2, 0.3]
  if (shape.length > 1) return [Math.sqrt(24 / sizeOf(shape.slice(1))), 0]
  if (name.endsWith('running_var')) return [0.5, 1]
  if (name.endsWith('running_mean')) return [0.2, 0]
  return name.endsWith('weight') ? [0.2, 1] : [0.2, 0]
}

/** What fill.py makes of a network's tensor of that name. */
export const fillParameter = (name: string, shape: Shape): Tensor<'float32'> =>
  fill(name, shape, ...scaleOf(name, shape))

/** Every parameter of a network by its name; kernels and matrices times `gain`. */
export const fillNetwork = (plan: NetworkPlan, gain = 1): Map<string, Tensor<'float32'>> =>
  new Map(
    [...parameterSpecs(plan)].map(([name, { shape }]) => {
      const [scale, shift] = scaleOf(name, shape)
      const own = shape.length > 1 ? gain : 1
      return [name, fill(name, shape, own * scale, own * shift)]
    }),
  )
