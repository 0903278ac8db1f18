/**
 * The table of all lenses: one line each, and what it costs to list them is this file alone. A lens and all it
 * needs is loaded only when it is called. Name and description repeat the definition's; a test holds them equal.
 */
import { closestNames } from '../base/closest.ts'
import { GlasshouseError } from '../base/errors.ts'
import type { LensDefinition } from './lens.ts'

export interface LensEntry {
  name: string
  description: string
  load(): Promise<LensDefinition>
}

export const lenses: readonly LensEntry[] = [
  {
    name: 'cam',
    description: 'heat maps: which places of an image speak for a class',
    load: async () => (await import('./cam/definition.ts')).cam,
  },
  {
    name: 'mistakes',
    description:
      'every error of a classifier: what it saw, what it looked at, and the nearest training images',
    load: async () => (await import('./mistakes/definition.ts')).mistakes,
  },
  {
    name: 'triplets',
    description: 'how an embedding sorts its images: every anchor as a dot, one frame per epoch',
    load: async () => (await import('./triplets/definition.ts')).triplets,
  },
  {
    name: 'tsne',
    description: 'embeddings of the same images as maps that can be compared, point by point',
    load: async () => (await import('./tsne/definition.ts')).tsne,
  },
  {
    name: 'dream',
    description: 'what a layer sees in an image, drawn into the image',
    load: async () => (await import('./dream/definition.ts')).dream,
  },
  {
    name: 'channels',
    description: 'what every channel of a layer looks for: a dream of each, beside the images that excite it',
    load: async () => (await import('./channels/definition.ts')).channels,
  },
  {
    name: 'anatomy',
    description: 'what a residual unit adds: dreams on its input, branch, shortcut and sum, and how they mix',
    load: async () => (await import('./anatomy/definition.ts')).anatomy,
  },
  {
    name: 'pair-pca',
    description: 'which places of two or more images a network treats as the same',
    load: async () => (await import('./pair-pca/definition.ts')).pairPca,
  },
  {
    name: 'similarity',
    description: 'which places make a network find two images similar',
    load: async () => (await import('./similarity/definition.ts')).similarity,
  },
  {
    name: 'neighbours',
    description: 'what a network finds nearest to an image, and which places make it so',
    load: async () => (await import('./neighbours/definition.ts')).neighbours,
  },
  {
    name: 'pair',
    description: 'why a network finds two images similar: maps, filters and common components on one page',
    load: async () => (await import('./pair/definition.ts')).pair,
  },
  {
    name: 'layer-similarity',
    description: 'how similar all images are at each layer, by scale and within a mask',
    load: async () => (await import('./layer-similarity/definition.ts')).layerSimilarity,
  },
]

/** @throws GlasshouseError 'unknown-lens', with the closest names */
export async function lensNamed(name: string): Promise<LensDefinition> {
  const entry = lenses.find(lens => lens.name === name)
  if (entry) return entry.load()
  throw new GlasshouseError({
    code: 'unknown-lens',
    what: `there is no lens called '${name}'`,
    expected: closestNames(
      name,
      lenses.map(lens => lens.name),
    ).join(', '),
  })
}
