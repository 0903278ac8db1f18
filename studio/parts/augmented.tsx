/** What training sees of an image: one step of each of some epochs. */
import { augmentedOf } from '../client.ts'

/** Epochs that are shown. */
const epochs = [1, 2, 3, 4, 5, 6, 7, 8]

export interface AugmentedAsked {
  data: string
  path: string
  /** none, flip, crop ... */
  augment?: string
  /** side of what the network sees, in pixels */
  size?: number
  seed?: number
}

export const Augmented = (asked: AugmentedAsked) => (
  <ol class="augmented" aria-label="what training sees of it">
    {epochs.map(epoch => (
      <li key={epoch}>
        <img src={augmentedOf(asked, epoch)} alt={`epoch ${epoch}`} loading="lazy" />
      </li>
    ))}
  </ol>
)
