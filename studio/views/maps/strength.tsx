/** One slider over all strengths of the tie between the maps. */
import type { MapsResult } from '../../../src/server/api.ts'
import { floats } from '../../client.ts'
import type { Places } from '../../parts/dots/moving.ts'
import { brief } from '../../words.ts'

export interface Strength {
  /** weight of the tie */
  lambda: number
  places: readonly Places[]
}

/** Those that were swept, and the one that was chosen, the weakest first. */
export function strengthsOf({ maps, strengths, lambda }: MapsResult): Strength[] {
  const read = (own: readonly { x: MapsResult['maps'][number]['x']; y: MapsResult['maps'][number]['y'] }[]) =>
    own.map(({ x, y }) => ({ x: floats(x), y: floats(y) }))
  const chosen = { lambda: lambda ?? 0, places: read(maps) }
  const others = strengths
    .filter(one => one.lambda !== lambda)
    .map(one => ({ lambda: one.lambda, places: read(one.maps) }))
  return [...others, chosen].sort((a, b) => a.lambda - b.lambda)
}

export const StrengthSlider = ({
  strengths,
  at,
  change,
}: {
  strengths: readonly Strength[]
  at: number
  change: (at: number) => void
}) => (
  <div class="epoch-slider">
    <span class="small">strength of the tie</span>
    <input
      type="range"
      aria-label="strength of the tie"
      min="0"
      max={strengths.length - 1}
      value={at}
      aria-valuetext={`lambda ${brief(strengths[at].lambda)}`}
      onInput={event => change(Number(event.currentTarget.value))}
    />
    <output>λ {brief(strengths[at].lambda)}</output>
  </div>
)
