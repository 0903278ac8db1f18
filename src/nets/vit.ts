/**
 * Vision transformers (Dosovitskiy et al. 2021): patches become tokens, a class token and perhaps registers (Darcet et
 * al. 2024) stand before them, and blocks of attention and two linear layers follow. One builder serves torchvision's
 * and timm's networks and the image towers of DINOv2 (Oquab et al. 2024), CLIP (Radford et al. 2021) and SigLIP (Zhai et
 * al. 2023); what they call their parameters is a table.
 *
 * Layers: `tokens`, `block1`, ... (all tokens), `block1.attention` (n, heads, tokens, tokens), `norm` (the patches), `pool`.
 * The last maps are the patches as the last block's attention sees them: behind it the class token alone leads to the
 * head, and no gradient reaches a patch. Where all patches are pooled they are the last tokens.
 */
import type { Value } from '../graph/graph.ts'
import { add, gelu, mul, sigmoid } from '../graph/ops/elementwise.ts'
import { concat, expand, reshape, slice, split, transpose } from '../graph/ops/layout.ts'
import { matmul, transposeMatrix } from '../graph/ops/linear.ts'
import { softmax } from '../graph/ops/softmax.ts'
import type { Trunk } from './architecture.ts'
import {
  type Building,
  convolutionLayer,
  type Initial,
  layerNormLayer,
  linearLayer,
  parameter,
} from './building.ts'
import { withLora } from './lora.ts'
import { resizedPositions } from './positions.ts'

export interface VitPlan {
  /** pixels along a patch, and patches along a side of the image that positions were learned for */
  patch: number
  grid: number
  width: number
  depth: number
  heads: number
  /** of the normalisations */
  epsilon: number
  activation: 'gelu' | 'gelu-tanh' | 'quick-gelu'
  names: VitNames
  /** tokens beside the class token that stand for no place */
  registers?: number
  /** whether the class token has a position too */
  classPosition: boolean
  /** where branches are scaled per channel, how that starts */
  layerScale?: number
  /** a normalisation before the first block; the patches have no bias then */
  normFirst?: boolean
  /** what the head sees: the class token, or what one query asks of all patches */
  pool: 'class' | 'attention'
  /** whether a resized table of positions is smoothed as pixels would be */
  smoothPositions?: boolean
}

/** What the parameters are called; those of a block behind the block's own name and a point. */
export interface VitNames {
  patches: string
  classToken: string
  positions: string
  block: (index: number) => string
  norm1: string
  /** weight and bias of query, key and value in one */
  qkv: readonly [weight: string, bias: string]
  projection: string
  norm2: string
  linear: readonly [string, string]
  norm: string
}

export const torchvisionNames: VitNames = {
  patches: 'conv_proj',
  classToken: 'class_token',
  positions: 'encoder.pos_embedding',
  block: index => `encoder.layers.encoder_layer_${index}`,
  norm1: 'ln_1',
  qkv: ['self_attention.in_proj_weight', 'self_attention.in_proj_bias'],
  projection: 'self_attention.out_proj',
  norm2: 'ln_2',
  linear: ['mlp.0', 'mlp.3'],
  norm: 'encoder.ln',
}

export const timmNames: VitNames = {
  patches: 'patch_embed.proj',
  classToken: 'cls_token',
  positions: 'pos_embed',
  block: index => `blocks.${index}`,
  norm1: 'norm1',
  qkv: ['attn.qkv.weight', 'attn.qkv.bias'],
  projection: 'attn.proj',
  norm2: 'norm2',
  linear: ['mlp.fc1', 'mlp.fc2'],
  norm: 'norm',
}

const activations = {
  gelu: (x: Value) => gelu(x),
  'gelu-tanh': (x: Value) => gelu(x, 'tanh'),
  'quick-gelu': (x: Value) => mul(x, sigmoid(mul(x, 1.702))),
} as const

/** Glorot and Bengio 2010. */
const xavier = (inputs: number, outputs: number): Initial => ({ uniform: Math.sqrt(6 / (inputs + outputs)) })

/** (n, t, d) -> (n, heads, t, d / heads) */
function byHeads(x: Value, heads: number): Value {
  const [n, tokens, width] = x.shape
  return transpose(reshape(x, [n, tokens, heads, width / heads]), [0, 2, 1, 3])
}

/**
 * Weights and mixture of attention: query (n, q, d), key and value (n, t, d). `adjusted` may add to the scores
 * (n, heads, q, t).
 */
export function attend(
  building: Building,
  [query, key, value]: readonly Value[],
  heads: number,
  adjusted = (scores: Value): Value => scores,
): Value {
  const [n, queries, width] = query.shape
  const scaled = mul(byHeads(query, heads), 1 / Math.sqrt(width / heads))
  const scores = adjusted(matmul(scaled, transposeMatrix(byHeads(key, heads))))
  const weights = building.graph.layer('attention', softmax(scores))
  return reshape(transpose(matmul(weights, byHeads(value, heads)), [0, 2, 1, 3]), [n, queries, width])
}

function selfAttention(building: Building, block: string, x: Value, { names, heads, width }: VitPlan): Value {
  const [weightName, biasName] = names.qkv.map(name => `${block}.${name}`)
  const weight = parameter(building, weightName, [3 * width, width], xavier(width, 3 * width))
  const bias = parameter(building, biasName, [3 * width], 'zeros')
  const whole = add(matmul(x, transposeMatrix(weight)), bias)
  const parts = split(whole, [width, width, width], 2)
  const mixed = attend(building, withLora(building, weightName, x, parts), heads)
  return linearLayer(building, `${block}.${names.projection}`, mixed, width, { bias: 'zeros' })
}

/** Two linear layers, four times the width between them. */
function mlp(building: Building, names: readonly string[], x: Value, plan: VitPlan): Value {
  const { width, activation } = plan
  const start = { weight: xavier(width, 4 * width), bias: { normal: 1e-6 } } as const
  const wide = linearLayer(building, names[0], x, 4 * width, start)
  return linearLayer(building, names[1], activations[activation](wide), width, start)
}

/** All tokens (n, t, d) of one block, and what its attention saw. */
function blockOf(building: Building, index: number, x: Value, plan: VitPlan): { output: Value; seen: Value } {
  const { names, width, epsilon, layerScale } = plan
  const block = names.block(index)
  const scaled = (part: 1 | 2, branch: Value) =>
    layerScale === undefined
      ? branch
      : mul(branch, parameter(building, `${block}.ls${part}.gamma`, [width], { value: layerScale }))
  return building.graph.scope(`block${index + 1}`, () => {
    const seen = layerNormLayer(building, `${block}.${names.norm1}`, x, epsilon)
    const middle = add(x, scaled(1, selfAttention(building, block, seen, plan)))
    const normal = layerNormLayer(building, `${block}.${names.norm2}`, middle, epsilon)
    const own = mlp(
      building,
      names.linear.map(name => `${block}.${name}`),
      normal,
      plan,
    )
    return { output: building.graph.layer('', add(middle, scaled(2, own))), seen }
  })
}

/** Patches (n, d, h', w') as tokens with their positions, behind the class token and registers: (n, t, d). */
function tokensOf(building: Building, maps: Value, plan: VitPlan): Value {
  const { graph } = building
  const { names, width, grid, registers = 0, classPosition, pool } = plan
  const [n, , height, rowLength] = maps.shape
  const patches = transpose(reshape(maps, [n, width, height * rowLength]), [0, 2, 1])
  const own = classPosition ? 1 : 0
  const table = parameter(building, names.positions, [1, own + grid ** 2, width], { normal: 0.02 })
  const places = own ? slice(table, [{ axis: 1, start: 1 }]) : table
  const size = { grid, height, width: rowLength, smooth: plan.smoothPositions === true }
  const placed = add(patches, resizedPositions(places, size))
  if (pool !== 'class') return graph.layer('tokens', placed)
  const first = parameter(building, names.classToken, [1, 1, width], 'zeros')
  const classToken = own ? add(first, slice(table, [{ axis: 1, end: 1 }])) : first
  const extra = registers ? [parameter(building, 'reg_token', [1, registers, width], { normal: 1e-6 })] : []
  const ahead = [classToken, ...extra].map(token => expand(token, [n, token.shape[1], width]))
  return graph.layer('tokens', concat([...ahead, placed], 1))
}

/** One learned query asks all tokens (set attention, Lee et al. 2019), under timm's names: (n, d). */
function attentionPool(building: Building, x: Value, plan: VitPlan): Value {
  const { width, heads, epsilon } = plan
  const [n] = x.shape
  const latent = parameter(building, 'attn_pool.latent', [1, 1, width], { normal: 1 / Math.sqrt(width) })
  const start = { bias: 'zeros' } as const
  const asked = linearLayer(building, 'attn_pool.q', expand(latent, [n, 1, width]), width, start)
  const given = linearLayer(building, 'attn_pool.kv', x, 2 * width, start)
  return building.graph.scope('query', () => {
    const mixed = attend(building, [asked, ...split(given, [width, width], 2)], heads)
    const y = linearLayer(building, 'attn_pool.proj', mixed, width, start)
    const normal = layerNormLayer(building, 'attn_pool.norm', y, epsilon)
    const own = mlp(building, ['attn_pool.mlp.fc1', 'attn_pool.mlp.fc2'], normal, plan)
    return reshape(add(y, own), [n, width])
  })
}

/** x (n, 3, h, w) -> features (n, d, h / patch, w / patch) and the vector that the head sees. */
export const vitTrunk =
  (plan: VitPlan) =>
  (building: Building, x: Value): Trunk => {
    const { graph } = building
    const { patch, width, depth, names, epsilon, normFirst = false } = plan
    const initial = { normal: 1 / Math.sqrt(3 * patch ** 2) }
    const layer = { channels: width, kernel: patch, stride: patch, bias: !normFirst, initial }
    const maps = convolutionLayer(building, names.patches, x, layer)
    const [n, , height, rowLength] = maps.shape
    const asMaps = (tokens: Value) => {
      const start = tokens.shape[1] - height * rowLength
      const patches = start ? slice(tokens, [{ axis: 1, start }]) : tokens
      return reshape(transpose(patches, [0, 2, 1]), [n, width, height, rowLength])
    }
    let y = tokensOf(building, maps, plan)
    if (normFirst) y = graph.layer('norm_pre', layerNormLayer(building, 'norm_pre', y, epsilon))
    let seen = y
    for (let index = 0; index < depth; index++) ({ output: y, seen } = blockOf(building, index, y, plan))
    y = layerNormLayer(building, names.norm, y, epsilon)
    const last = graph.layer('norm', asMaps(y))
    if (plan.pool === 'attention') return { features: last, vector: attentionPool(building, y, plan) }
    return { features: asMaps(seen), vector: reshape(slice(y, [{ axis: 1, end: 1 }]), [n, width]) }
  }
