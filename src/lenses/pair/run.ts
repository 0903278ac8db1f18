import { openStage } from '../../base/work.ts'
import type { LensContext, ModelInput, NamedPicture } from '../lens.ts'
import { featureMaps } from '../maps/feature-maps.ts'
import { principalComponents } from '../pair-pca/compute.ts'
import { comparePair } from '../similarity/run.ts'
import type { PairOptions } from './options.ts'
import type { PairResult, Verdict } from './result.ts'

/** As many as the false colours and the table need. */
const components = 24

export async function run(
  context: LensContext,
  { models, images }: { models: ModelInput[]; images: NamedPicture[] },
  { skip, ...options }: PairOptions,
): Promise<PairResult> {
  const stage = openStage(context, 'networks', models.length)
  const verdicts: Verdict[] = []
  try {
    for (const model of models) {
      const similarity = await comparePair(context, model, images, { ...options, size: undefined })
      const maps = await featureMaps(context.engine, model.network, images, {
        layer: options.layer,
        signal: context.signal,
      })
      verdicts.push({ source: model.source, similarity, components: principalComponents(maps, components) })
      stage.update(verdicts.length)
    }
  } finally {
    stage.end()
  }
  return { verdicts, skip }
}

export const metrics = ({ verdicts }: PairResult) => ({
  cosine: verdicts[0].similarity.similarity.cosine,
  networks: verdicts.map(({ source, similarity, components: { explained } }) => ({
    source,
    cosine: similarity.similarity.cosine,
    filters: similarity.filters.map(({ channel, contribution }) => ({ channel, contribution })),
    explained,
  })),
})
