/** What the lens of pairs finds: plain data. */
import type { PrincipalComponents } from '../pair-pca/compute.ts'
import type { SimilarityResult } from '../similarity/result.ts'

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
