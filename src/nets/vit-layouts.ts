/**
 * The layouts in which vision transformers are published, brought to timm's, which the networks here have: Hugging Face's
 * of ViT, DINOv2, CLIP and SigLIP, OpenAI's of CLIP, Meta's of DINOv2. Names change, query, key and value become one
 * matrix, and what belongs to a text stays behind under its own name.
 */
import { joinedFloats } from '../base/joined.ts'
import { toFloat32 } from '../graph/element-types.ts'
import { float32, floats, type Tensor } from '../graph/tensor.ts'

type Tensors = ReadonlyMap<string, Tensor>

/** Patterns of other layouts' names, and timm's; all that fit are applied, in turn. */
const renamed: readonly (readonly [RegExp, string])[] = [
  // Hugging Face: ViT and DINOv2
  [
    /(^|\.)(?:vit|dinov2|dinov2_with_registers|vision_model)\.(?=embeddings\.|encoder\.|layernorm|p\w+_lay|head\.)/,
    '$1',
  ],
  [/embeddings\.cls_token$/, 'cls_token'],
  [/embeddings\.mask_token$/, 'mask_token'],
  [/embeddings\.register_tokens$/, 'reg_token'],
  [/embeddings\.position_embeddings$/, 'pos_embed'],
  [/embeddings\.patch_embeddings\.projection\./, 'patch_embed.proj.'],
  [/encoder\.layer\.(\d+)\./, 'blocks.$1.'],
  [/(blocks\.\d+)\.attention\.attention\.(query|key|value)\./, '$1.attn.$2.'],
  [/(blocks\.\d+)\.attention\.output\.dense\./, '$1.attn.proj.'],
  [/(blocks\.\d+)\.intermediate\.dense\./, '$1.mlp.fc1.'],
  [/(blocks\.\d+)\.output\.dense\./, '$1.mlp.fc2.'],
  [/(blocks\.\d+)\.layernorm_before\./, '$1.norm1.'],
  [/(blocks\.\d+)\.layernorm_after\./, '$1.norm2.'],
  [/(blocks\.\d+)\.layer_scale([12])\.lambda1$/, '$1.ls$2.gamma'],
  [/(^|\.)head\.layernorm\./, '$1attn_pool.norm.'],
  [/(^|\.)layernorm\./, '$1norm.'],
  [/^classifier\./, 'head.'],
  // Hugging Face: CLIP and SigLIP
  [/embeddings\.class_embedding$/, 'cls_token'],
  [/embeddings\.position_embedding\.weight$/, 'pos_embed'],
  [/embeddings\.patch_embedding\./, 'patch_embed.proj.'],
  [/encoder\.layers\.(\d+)\./, 'blocks.$1.'],
  [/(blocks\.\d+)\.layer_norm([12])\./, '$1.norm$2.'],
  [/(blocks\.\d+)\.self_attn\.q_proj\./, '$1.attn.query.'],
  [/(blocks\.\d+)\.self_attn\.k_proj\./, '$1.attn.key.'],
  [/(blocks\.\d+)\.self_attn\.v_proj\./, '$1.attn.value.'],
  [/(blocks\.\d+)\.self_attn\.out_proj\./, '$1.attn.proj.'],
  // Spelled so.
  [/(^|\.)pre_layrnorm\./, '$1norm_pre.'],
  [/(^|\.)post_layernorm\./, '$1norm.'],
  [/(^|\.)visual_projection\./, '$1head.'],
  [/(^|\.)head\.probe$/, '$1attn_pool.latent'],
  [/(^|\.)head\.attention\.in_proj_/, '$1attn_pool.in_proj.'],
  [/(^|\.)head\.attention\.out_proj\./, '$1attn_pool.proj.'],
  [/(^|\.)head\.mlp\./, '$1attn_pool.mlp.'],
  // OpenAI: CLIP
  [/(^|\.)visual\.class_embedding$/, '$1cls_token'],
  [/(^|\.)visual\.positional_embedding$/, '$1pos_embed'],
  [/(^|\.)visual\.conv1\./, '$1patch_embed.proj.'],
  [/(^|\.)visual\.ln_pre\./, '$1norm_pre.'],
  [/(^|\.)visual\.ln_post\./, '$1norm.'],
  [/(^|\.)visual\.proj$/, '$1head.transposed'],
  [/(^|\.)visual\.transformer\.resblocks\.(\d+)\./, '$1blocks.$2.'],
  [/(blocks\.\d+)\.ln_([12])\./, '$1.norm$2.'],
  [/(blocks\.\d+)\.attn\.in_proj_/, '$1.attn.qkv.'],
  [/(blocks\.\d+)\.attn\.out_proj\./, '$1.attn.proj.'],
  [/(blocks\.\d+)\.mlp\.c_fc\./, '$1.mlp.fc1.'],
  [/(blocks\.\d+)\.mlp\.c_proj\./, '$1.mlp.fc2.'],
  // Meta: DINOv2
  [/(^|\.)register_tokens$/, '$1reg_token'],
]

/** What shows that a file has another layout than timm's. */
const signs =
  /embeddings\.patch_embeddings?\.|embeddings\.patch_embedding\.|(^|\.)visual\.conv1\.weight$|(^|\.)register_tokens$/

const rows = ({ shape }: Tensor): number => shape[0]

/** Tensors one below the other, along their first axis. */
function stacked(parts: readonly Tensor[]): Tensor {
  const data = joinedFloats(parts.map(part => floats(toFloat32(part))))
  return float32([parts.reduce((sum, part) => sum + rows(part), 0), ...parts[0].shape.slice(1)], data)
}

/** The rows from `start` to `end`. */
function rowsOf(tensor: Tensor, start: number, end: number): Tensor {
  const length = tensor.data.length / rows(tensor)
  const data = floats(toFloat32(tensor)).subarray(start * length, end * length)
  return float32([end - start, ...tensor.shape.slice(1)], data)
}

function transposed(tensor: Tensor): Tensor {
  const [height, width] = tensor.shape
  const source = floats(toFloat32(tensor))
  const data = Float32Array.from(
    { length: source.length },
    (_, at) => source[(at % height) * width + Math.floor(at / height)],
  )
  return float32([width, height], data)
}

/** Query, key and value in one, as `attn.qkv`. */
function fuse(tensors: Map<string, Tensor>): void {
  for (const name of [...tensors.keys()]) {
    const [, before, kind] = /^(.*\.attn\.)query\.(weight|bias)$/.exec(name) ?? []
    if (before === undefined) continue
    const names = ['query', 'key', 'value'].map(part => `${before}${part}.${kind}`)
    const parts = names.flatMap(part => tensors.get(part) ?? [])
    if (parts.length < 3) continue
    for (const part of names) tensors.delete(part)
    tensors.set(`${before}qkv.${kind}`, stacked(parts))
  }
}

/** The query of SigLIP's pooling apart from its key and value. */
function unfusePool(tensors: Map<string, Tensor>): void {
  for (const [name, tensor] of [...tensors]) {
    const [, before, kind] = /^(.*attn_pool\.)in_proj\.(weight|bias)$/.exec(name) ?? []
    if (before === undefined) continue
    const third = rows(tensor) / 3
    tensors.delete(name)
    tensors.set(`${before}q.${kind}`, rowsOf(tensor, 0, third))
    tensors.set(`${before}kv.${kind}`, rowsOf(tensor, third, rows(tensor)))
  }
}

/** A position of the class token beside registers is added to the token, as the network does first. */
function placeClassToken(tensors: Map<string, Tensor>): void {
  for (const name of [...tensors.keys()].filter(each => /(^|\.)reg_token$/.test(each))) {
    const prefix = name.slice(0, -'reg_token'.length)
    const [token, table] = [tensors.get(`${prefix}cls_token`), tensors.get(`${prefix}pos_embed`)]
    if (!token || table?.shape.length !== 3) continue
    const [, places, width] = table.shape
    const side = Math.sqrt(places - 1)
    if (!Number.isInteger(side)) continue
    const positions = floats(toFloat32(table))
    const own = floats(toFloat32(token)).map((value, c) => value + positions[c])
    tensors.set(`${prefix}cls_token`, float32(token.shape, own))
    tensors.set(`${prefix}pos_embed`, float32([1, places - 1, width], positions.subarray(width)))
  }
}

/** Leading axes of 1, where a layout leaves them out. */
function withAxes(name: string, tensor: Tensor): Tensor {
  const wanted = /(^|\.)(cls_token|pos_embed)$/.test(name) ? 3 : tensor.shape.length
  const missing = wanted - tensor.shape.length
  return missing > 0 ? { ...tensor, shape: [...Array<number>(missing).fill(1), ...tensor.shape] } : tensor
}

const known = new WeakMap<Tensors, Tensors>()

/** The same tensors in timm's layout, where they have one of the others. */
export function timmLayout(tensors: Tensors): Tensors {
  if (![...tensors.keys()].some(name => signs.test(name))) return tensors
  const before = known.get(tensors)
  if (before) return before
  const result = new Map<string, Tensor>()
  for (const [name, tensor] of tensors) {
    const isText = /(^|\.)text_model\./.test(name)
    const own = isText ? name : renamed.reduce((old, [pattern, next]) => old.replace(pattern, next), name)
    if (own.endsWith('head.transposed'))
      result.set(own.replace('head.transposed', 'head.weight'), transposed(tensor))
    else result.set(own, withAxes(own, tensor))
  }
  fuse(result)
  unfusePool(result)
  placeClassToken(result)
  known.set(tensors, result)
  return result
}
