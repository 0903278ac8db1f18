/** Parts of a view, one at a time; the address keeps which. */
import { useRef } from 'preact/hooks'
import { query, setQuery } from '../route.ts'

export interface Tab {
  key: string
  title: string
  count?: number
}

/** The part that the address asks for; the first where it asks for none, or for one that is not there. */
export const openTab = (tabs: readonly Tab[], name = 'tab'): string => {
  const asked = query.value.get(name)
  return tabs.find(({ key }) => key === asked)?.key ?? tabs[0].key
}

export function Tabs({ tabs, name = 'tab' }: { tabs: readonly Tab[]; name?: string }) {
  const ref = useRef<HTMLDivElement>(null)
  const here = openTab(tabs, name)
  const choose = (key: string) =>
    setQuery({ [name]: key === tabs[0].key ? undefined : key }, { replace: false })
  return (
    <div
      class="tabs"
      role="tablist"
      ref={ref}
      onKeyDown={event => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
        if (by === undefined) return
        const at = tabs.findIndex(({ key }) => key === here)
        const next = tabs[(at + by + tabs.length) % tabs.length]
        choose(next.key)
        ref.current?.querySelector<HTMLElement>(`[data-tab="${next.key}"]`)?.focus()
      }}
    >
      {tabs.map(({ key, title, count }) => (
        <button
          key={key}
          type="button"
          role="tab"
          data-tab={key}
          aria-selected={key === here}
          tabIndex={key === here ? 0 : -1}
          onClick={() => choose(key)}
        >
          {title}
          {count !== undefined && count > 0 && <span class="soft"> {count}</span>}
        </button>
      ))}
    </div>
  )
}
