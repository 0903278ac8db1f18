/** What the lens of yoked t-SNE finds: plain data. */
import type { ClassDifference, Compared, Differences } from '../../embedding/tsne/differences.ts'
import type { TsneResult as Laid } from '../../embedding/tsne/tsne.ts'
import type { VectorsInput } from '../lens.ts'
import type { Items } from './items.ts'
import type { TsneLensOptions } from './options.ts'

export interface TsneLensResult {
  vectors: readonly VectorsInput[]
  /** of each embedding, short and distinct */
  names: string[]
  items: Items
  classes: { names: string[]; ofItems: Int32Array }
  laid: Laid
  /** between the first embedding and the last; absent for a single one */
  difference?: { sides: [Compared, Compared]; points: Differences; classes: ClassDifference[] }
  options: TsneLensOptions
  seed: number
  /** of the layout, reading and drawing left out */
  seconds: number
}
