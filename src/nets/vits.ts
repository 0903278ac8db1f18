/**
 * The vision transformers that can be asked for by name: torchvision's, timm's (Hugging Face's `google/vit` has the same),
 * and the backbones of today's embeddings: DINOv2, with registers and without, and the image towers of CLIP and SigLIP.
 */
import type { Tensor } from '../graph/tensor.ts'
import type { Architecture } from './architecture.ts'
import { timmNames, torchvisionNames, type VitPlan, vitTrunk } from './vit.ts'
import { timmLayout } from './vit-layouts.ts'

const sizes = {
  tiny: { width: 192, depth: 12, heads: 3 },
  small: { width: 384, depth: 12, heads: 6 },
  base: { width: 768, depth: 12, heads: 12 },
  large: { width: 1024, depth: 24, heads: 16 },
} as const
type Size = keyof typeof sizes

/** torchvision's older files count the linear layers of a block. */
const adopt = (name: string, tensor: Tensor): readonly [string, Tensor] => [
  name.replace(/\.mlp\.linear_([12])\./, (_, layer) => `.mlp.${layer === '1' ? 0 : 3}.`),
  tensor,
]

const plain = (size: Size, patch: number): VitPlan => ({
  ...sizes[size],
  patch,
  grid: 224 / patch,
  epsilon: 1e-6,
  activation: 'gelu',
  names: timmNames,
  classPosition: true,
  pool: 'class',
})

const half: readonly [number, number, number] = [0.5, 0.5, 0.5]
const centred = { mean: half, deviation: half }
const clipColours = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  deviation: [0.26862954, 0.26130258, 0.27577711],
} as const

const timm = (name: string, plan: VitPlan, published: Architecture['published']): Architecture => ({
  name,
  trunk: vitTrunk(plan),
  size: 224,
  minimumSize: plan.patch,
  classifier: 'head',
  published: { interpolation: 'bicubic', ...published },
  translate: timmLayout,
  superfluous: /(^|\.)(mask_token|position_ids|logit_scale|logit_bias)$/,
})

/** Positions were learned for 518 pixels; 224 is what its authors evaluate at. */
const dinov2 = (size: Size, registers: number): Architecture =>
  timm(
    `dinov2_${size}${registers ? '_reg' : ''}`,
    {
      ...plain(size, 14),
      grid: 37,
      layerScale: 1e-5,
      registers,
      classPosition: registers === 0,
      smoothPositions: registers > 0,
    },
    { resize: 256 },
  )

/** The projection into the space that is shared with texts is the head. */
const clip = (name: string, size: Size, patch: number): Architecture =>
  timm(
    name,
    { ...plain(size, patch), epsilon: 1e-5, activation: 'quick-gelu', normFirst: true },
    { resize: 224, ...clipColours },
  )

export const vits: readonly Architecture[] = [
  ...(
    [
      ['vit_b_16', 'base', 16, 256],
      ['vit_b_32', 'base', 32, 256],
      ['vit_l_16', 'large', 16, 242],
      ['vit_l_32', 'large', 32, 256],
    ] as const
  ).map(([name, size, patch, resize]) => ({
    name,
    trunk: vitTrunk({ ...plain(size, patch), names: torchvisionNames }),
    size: 224,
    minimumSize: patch,
    classifier: 'heads.head',
    published: { resize },
    adopt,
  })),
  ...(['tiny', 'small', 'base', 'large'] as const).map(size =>
    timm(`vit_${size}_patch16_224`, plain(size, 16), { resize: 248, ...centred }),
  ),
  timm('vit_base_patch32_224', plain('base', 32), { resize: 248, ...centred }),
  ...(['small', 'base', 'large'] as const).flatMap(size => [dinov2(size, 0), dinov2(size, 4)]),
  clip('clip_vit_b_32', 'base', 32),
  clip('clip_vit_b_16', 'base', 16),
  clip('clip_vit_l_14', 'large', 14),
  timm(
    'siglip_base_patch16_224',
    { ...plain('base', 16), activation: 'gelu-tanh', classPosition: false, pool: 'attention' },
    { resize: 224, fit: 'squash', ...centred },
  ),
]
