/** Whether the page is as narrow as a telephone: what lists then leave out. */
import { signal } from '@preact/signals'

const query = window.matchMedia('(max-width: 760px)')
export const isNarrow = signal(query.matches)
query.addEventListener('change', () => {
  isNarrow.value = query.matches
})
