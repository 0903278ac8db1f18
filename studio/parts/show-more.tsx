/** Of a long list a part stands on the page, and the address says how much: the rest comes when it is asked for. */
import { setQuery } from '../route.ts'
import { grouped } from '../words.ts'

/** @param all what the whole list is, counted: `120 jobs` */
export function ShowMore({ most, count, all }: { most: number; count: number; all: string }) {
  if (count <= most) return null
  return (
    <p class="small apart">
      showing {grouped(most)} of {all}{' '}
      <button type="button" class="link" onClick={() => setQuery({ most: 2 * most })}>
        Show more
      </button>
    </p>
  )
}
