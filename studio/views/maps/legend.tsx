/** What the colours of a map mean; a click on a name leaves only its images in colour. */
import { counted } from '../../words.ts'
import type { Colouring } from './colouring.ts'

const mostNames = 30

export function Legend({
  colouring: { names, scale },
  only,
  choose,
}: {
  colouring: Colouring
  only?: string
  choose: (name: string | undefined) => void
}) {
  if (scale)
    return (
      <p class="scale-legend small">
        <span>{scale.ends[0]}</span>
        <i style={{ background: `linear-gradient(90deg, ${scale.colours.join(', ')})` }} />
        <span>{scale.ends[1]}</span>
      </p>
    )
  if (!names) return null
  return (
    <ul class="class-legend">
      {names.slice(0, mostNames).map(({ name, colour }) => (
        <li key={name}>
          <button
            type="button"
            aria-pressed={only === name}
            onClick={() => choose(only === name ? undefined : name)}
          >
            <i style={{ background: colour }} />
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
