/** What the lens of pairs finds: plain data. */
import { z } from 'zod'
import { number, share } from '../metrics.ts'
import type { PrincipalComponents } from '../pair-pca/compute.ts'
import type { SimilarityResult } from '../similarity/result.ts'

/** What a script may rely on, as it comes out of JSON. */
export const metrics = z.object({
  cosine: number,
  networks: z.array(
    z.object({
      source: z.string(),
      cosine: number,
      filters: z.array(z.object({ channel: z.int(), contribution: number })),
      explained: z.array(share),
    }),
  ),
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
