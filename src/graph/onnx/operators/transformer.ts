/**
 * Operators of an imported model that transformers are made of, since version 23 of the standard: composed of smaller
 * ones, so that gradients pass them. What only the decoders of language models use (kept keys and values, soft caps beside
 * a mask) is left to the probing run.
 */
import { operands, type Value } from '../../graph.ts'
import { add, mul, reciprocal, sqrt, square, sub, tanh, where } from '../../ops/elementwise.ts'
import { concat, expand, gather, reshape, slice, transpose } from '../../ops/layout.ts'
import { matmul, transposeMatrix } from '../../ops/linear.ts'
import { reduceMean } from '../../ops/reduce.ts'
import { floatAttribute, integerAttribute } from '../../ops/rule.ts'
import { softmax } from '../../ops/softmax.ts'
import { tensor } from '../../tensor.ts'
import { normalAxis, type Operator } from './operation.ts'

/** Zhang and Sennrich 2019: by the root of the mean square over the last axes. */
export const rmsNorm: Operator = operation => {
  const [x, scale] = operands(operation, 2)
  const rank = x.shape.length
  const first = normalAxis(integerAttribute(operation, 'axis', -1), rank)
  const axes = x.shape.map((_, axis) => axis).slice(first)
  const power = add(reduceMean(square(x), axes, true), floatAttribute(operation, 'epsilon', 1e-5))
  return mul(mul(x, reciprocal(sqrt(power))), scale)
}

/** (batch, places, heads x size) as (batch, heads, places, size), which other models give at once. */
function headsApart(x: Value, heads: number): Value {
  if (x.shape.length === 4) return x
  const [batch, places] = x.shape
  return transpose(reshape(x, [batch, places, heads, -1]), [0, 2, 1, 3])
}

const headsTogether = (x: Value): Value => {
  const [batch, , places] = x.shape
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, places, -1])
}

/** Each head of keys and values serves several heads of queries, next to each other. */
function repeatHeads(x: Value, times: number): Value {
  if (times === 1) return x
  const [batch, heads, places, size] = x.shape
  const apart = reshape(x, [batch, heads, 1, places, size])
  return reshape(expand(apart, [batch, heads, times, places, size]), [batch, heads * times, places, size])
}

/** Scaled dot products; Vaswani et al. 2017, equation 1. */
export const attention: Operator = operation => {
  const { inputs, graph, outputs } = operation
  const [query, key, value] = operands(operation, 3)
  const mask = inputs[3]
  if (inputs.slice(4).some(Boolean) || outputs > 1) return undefined
  const cap = floatAttribute(operation, 'softcap', 0)
  const isCausal = integerAttribute(operation, 'is_causal', 0) === 1
  // Whether the cap stands before what hides places or behind it depends on who runs the file.
  if (cap !== 0 && (mask || isCausal)) return undefined
  const keyHeads = integerAttribute(operation, 'kv_num_heads', 1)
  const q = headsApart(query, integerAttribute(operation, 'q_num_heads', 1))
  const [k, v] = [key, value].map(x => {
    const apart = headsApart(x, keyHeads)
    return repeatHeads(apart, q.shape[1] / apart.shape[1])
  })
  const [, , places, size] = q.shape
  const keys = k.shape[2]
  if (mask && mask.shape.at(-1) !== keys) return undefined
  const scale = floatAttribute(operation, 'scale', 1 / Math.sqrt(size))
  const products = mul(matmul(q, transposeMatrix(k)), scale)
  const scores = cap === 0 ? products : mul(tanh(mul(products, 1 / cap)), cap)
  const unseen = -3e38
  const biased = !mask ? scores : mask.dtype === 'bool' ? where(mask, scores, unseen) : add(scores, mask)
  const past = () => {
    const seen = Uint8Array.from({ length: places * keys }, (_, at) => +(at % keys <= Math.floor(at / keys)))
    return where(graph.constant(tensor('bool', [places, keys], seen)), biased, unseen)
  }
  const masked = isCausal ? past() : biased
  const result = matmul(softmax(masked), v)
  return query.shape.length === 4 ? result : headsTogether(result)
}

/** Su et al. 2021: pairs of numbers turn by an angle that grows with the place. */
export const rotaryEmbedding: Operator = operation => {
  const [given, cosines, sines] = operands(operation, 3)
  const places = operation.inputs[3]
  const x = headsApart(given, integerAttribute(operation, 'num_heads', 1))
  const size = x.shape[3]
  const turned = integerAttribute(operation, 'rotary_embedding_dim', 0) || size
  const half = turned / 2
  const angles = [cosines, sines].map(cache => {
    const own = places ? gather(cache, places) : cache
    return reshape(own, [own.shape[0], 1, own.shape[1], half])
  })
  const part = (from: number, to: number, step = 1) => slice(x, [{ axis: 3, start: from, end: to, step }])
  const interleaved = integerAttribute(operation, 'interleaved', 0) === 1
  const [a, b] = interleaved ? [part(0, turned, 2), part(1, turned, 2)] : [part(0, half), part(half, turned)]
  const [cos, sin] = angles
  const pair = [sub(mul(cos, a), mul(sin, b)), add(mul(sin, a), mul(cos, b))]
  const rows = x.shape.slice(0, 3)
  const rotated = interleaved
    ? reshape(
        concat(
          pair.map(one => reshape(one, [...rows, half, 1])),
          4,
        ),
        [...rows, turned],
      )
    : concat(pair, 3)
  const whole = turned < size ? concat([rotated, part(turned, size)], 3) : rotated
  return given.shape.length === 4 ? whole : headsTogether(whole)
}
