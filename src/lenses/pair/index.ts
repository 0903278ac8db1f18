/** The page that answers: why does this network find these two similar? One network, or several side by side. */
import { z } from 'zod'
import { defineLens } from '../lens.ts'
import { featureMaps } from '../maps/feature-maps.ts'
import { type PrincipalComponents, principalComponents } from '../pair-pca/compute.ts'
import { comparePair, type SimilarityResult } from '../similarity/index.ts'
import { similarityOptions } from '../similarity/options.ts'
import { drawPair } from './draw.ts'

const options = similarityOptions.extend({
  filters: z.number().int().min(1).max(64).default(8).describe('how many filters to show'),
  skip: z.number().int().min(0).max(20).default(0).describe('components to leave out of the false colours'),
})

/** What one network says of the pair. */
export interface Verdict {
  source: string
  similarity: SimilarityResult
  components: PrincipalComponents
}

export interface PairResult {
  verdicts: Verdict[]
  skip: number
}

/** As many as the false colours and the table need. */
const components = 24

export const pair = defineLens({
  name: 'pair',
  title: 'Why are these two similar?',
  description: 'why a network finds two pictures similar: maps, filters and common components on one page',
  about:
    'Both pictures; the cosine; where it comes from, place by place; the filters that carry it; and the places that the network takes for the same, in false colours. With more than one network, each has its say.',
  arguments: [
    {
      name: 'comparison',
      kind: 'comparison',
      description: 'one network or more (runs, .onnx files, NET:WEIGHTS), then two pictures',
    },
  ],
  options,
  examples: [
    { line: 'pair runs/train-1 a.jpg b.jpg', does: 'One network' },
    { line: 'pair runs/train-1 runs/train-2 a.jpg b.jpg', does: 'Two networks on the same pictures' },
  ],
  async run(context, { comparison: { models, images } }, { skip, ...options }) {
    const progress = context.progress('networks', models.length)
    const verdicts: Verdict[] = []
    for (const model of models) {
      const similarity = await comparePair(context, model, images, { ...options, size: undefined })
      const maps = await featureMaps(context.engine, model.network, images, {
        layer: options.layer,
        signal: context.signal,
      })
      verdicts.push({ source: model.source, similarity, components: principalComponents(maps, components) })
      progress.update(verdicts.length)
    }
    progress.done()
    return { verdicts, skip } satisfies PairResult
  },
  draw: drawPair,
  metrics: ({ verdicts }) => ({
    cosine: verdicts[0].similarity.similarity.cosine,
    networks: verdicts.map(({ source, similarity, components: { explained } }) => ({
      source,
      cosine: similarity.similarity.cosine,
      filters: similarity.filters.map(({ channel, contribution }) => ({ channel, contribution })),
      explained,
    })),
  }),
})
