/**
 * The address of the page is its state: which view, and its filters, sorting and selection. Whatever a person may want
 * to come back to, or send to a colleague, is written here and read from here.
 */
import { computed, signal } from '@preact/signals'

const at = signal(new URL(location.href))

window.addEventListener('popstate', () => {
  at.value = new URL(location.href)
})

/** The view's name: the first part of the path. */
export const view = computed(() => at.value.pathname.split('/')[1] || 'runs')
export const query = computed(() => at.value.searchParams)

/** What a view keeps in the address; `undefined`, the empty text and the empty list are left out. */
export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>

export function href(view: string, query: Query = {}): string {
  const words = search(new URLSearchParams(), query)
  return `/${view}${words}`
}

function search(params: URLSearchParams, query: Query): string {
  for (const [key, value] of Object.entries(query)) {
    params.delete(key)
    if (value === undefined || value === '') continue
    for (const one of typeof value === 'object' ? value : [value]) params.append(key, String(one))
  }
  const text = params.toString().replaceAll('%2F', '/').replaceAll('%2C', ',').replaceAll('%40', '@')
  return text ? `?${text}` : ''
}

/** Whether the address of the window is that of the view: not in an exported page. */
let isWritten = true

/** Begins with the state of this address, and leaves that of the window alone. */
export function standAlone(address: string): void {
  isWritten = false
  at.value = new URL(address, 'http://exported')
}

export function go(address: string, { replace = false } = {}): void {
  const next = new URL(address, at.value)
  if (next.href === at.value.href) return
  if (!isWritten) {
    at.value = next
    return
  }
  if (replace) history.replaceState(null, '', next)
  else history.pushState(null, '', next)
  const isOther = next.pathname !== at.value.pathname
  at.value = next
  if (isOther && !replace) window.scrollTo(0, 0)
}

/**
 * Changes a part of the view's state. What a person would call a step (a tab, an image) can be gone back from; typing
 * and sliding replace the address.
 */
export function setQuery(change: Query, { replace = true } = {}): void {
  const params = new URLSearchParams(at.value.search)
  go(`${at.value.pathname}${search(params, change)}`, { replace })
}

/** A link within the studio, unless it is meant for a new tab. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
  if (link.pathname.startsWith('/api/') || link.hash) return
  event.preventDefault()
  go(link.href)
}
