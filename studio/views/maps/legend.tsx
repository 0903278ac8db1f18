/** What the colours of a map mean; a click on a name leaves only its images in colour. */
import { counted } from '../../words.ts'
import type { Colouring } from './colouring.ts'

const mostNames = 30

export function Legend({
  colouring: { names, ends, palette, colourOfName },
  only,
  choose,
}: {
  colouring: Colouring
  only?: string
  choose: (name: string | undefined) => void
}) {
  if (ends)
    return (
      <p class="scale-legend small">
        <span>{ends[0]}</span>
        <i
          style={{
            background: `linear-gradient(90deg, ${Array.from({ length: palette.length - 1 }, (_, place) => colourOfName(place)).join(', ')})`,
          }}
        />
        <span>{ends[1]}</span>
      </p>
    )
  if (!names) return null
  return (
    <ul class="class-legend">
      {names.slice(0, mostNames).map((name, place) => (
        <li key={name}>
          <button
            type="button"
            aria-pressed={only === name}
            onClick={() => choose(only === name ? undefined : name)}
          >
            <i style={{ background: colourOfName(place) }} />
            {name}
          </button>
        </li>
      ))}
      {names.length > mostNames && (
        <li class="soft small">
          showing {mostNames} of {counted(names.length, 'name')}
        </li>
      )}
    </ul>
  )
}
