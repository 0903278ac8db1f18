/** Everything by name: a palette over all views, runs and commands; and the keys that do what one does often. */
import { signal } from '@preact/signals'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { tinykeys } from 'tinykeys'
import { client } from './client.ts'
import { useLoaded } from './loaded.ts'
import { Dialog } from './parts/dialog.tsx'
import { places } from './places.ts'
import { go, href, query, view } from './route.ts'
import { useRuns } from './runs.ts'
import { pathOfRun } from './studio.ts'
import { applyTheme, nextTheme, theme } from './theme.ts'
import { grouped } from './words.ts'

export const isPaletteOpen = signal(false)
export const areKeysShown = signal(false)

interface Entry {
  title: string
  hint: string
  act: () => void
}

const isTyping = (event: KeyboardEvent): boolean =>
  event.target instanceof HTMLElement && event.target.matches('input, textarea, select, [contenteditable]')

/** Keys that mean nothing while one types, or while a dialog is open. */
const plain = (act: () => void) => (event: KeyboardEvent) => {
  if (isTyping(event) || document.querySelector('dialog[open]')) return
  event.preventDefault()
  act()
}

export function useKeys(): void {
  useEffect(
    () =>
      tinykeys(window, {
        '$mod+k': event => {
          event.preventDefault()
          isPaletteOpen.value = !isPaletteOpen.value
        },
        '/': plain(() => document.querySelector<HTMLElement>('[data-key="/"]')?.focus()),
        'Shift+?': plain(() => {
          areKeysShown.value = true
        }),
        ...Object.fromEntries(places.map(({ key, view }) => [`g ${key}`, plain(() => go(href(view)))])),
        j: plain(() => moveRow(1)),
        k: plain(() => moveRow(-1)),
        x: plain(toggleRow),
      }),
    [],
  )
}

/** The rows of the view's table, by the links in them. */
function moveRow(by: number): void {
  const links = [...document.querySelectorAll<HTMLElement>('table.runs .c-name a')]
  if (links.length === 0) return
  const at = links.findIndex(link => link.matches(':focus'))
  links[Math.max(0, Math.min(links.length - 1, at + by))].focus()
}

function toggleRow(): void {
  document.activeElement?.closest('tr')?.querySelector<HTMLElement>('input[type=checkbox]')?.click()
}

const mostShown = 60

export function Palette() {
  if (!isPaletteOpen.value) return null
  return <OpenPalette />
}

function OpenPalette() {
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const runs = useRuns()
  const commands = useLoaded('commands', signal => client.commands(signal))
  const close = () => {
    isPaletteOpen.value = false
  }
  const entries = useMemo<Entry[]>(
    () => [
      ...places.map(({ key, view, name, alone }) => ({
        title: alone ?? name,
        hint: `view, g ${key}`,
        act: () => go(href(view)),
      })),
      {
        title: 'Change the colours',
        hint: theme.value === 'system' ? 'as the system' : theme.value,
        act: () => applyTheme(nextTheme()),
      },
      {
        title: 'Keys',
        hint: '?',
        act: () => {
          areKeysShown.value = true
        },
      },
      ...(commands.value?.commands ?? []).map(({ name, title, summary, isLens }) => ({
        title: `${isLens ? 'Look with' : 'Start'}: ${title}`,
        hint: summary,
        act: () =>
          go(
            href('start', {
              command: name,
              ...(view.value === 'run' && { model: pathOfRun(query.value.get('run') ?? '') }),
            }),
          ),
      })),
      ...(runs.value?.runs ?? []).map(({ name, objective, command }) => ({
        title: name,
        hint: `run, ${objective ?? command}`,
        act: () => go(href('run', { run: name })),
      })),
    ],
    [runs.value, commands.value],
  )
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean)
  const fitting = entries.filter(({ title, hint }) => {
    const text = `${title} ${hint}`.toLowerCase()
    return parts.every(part => text.includes(part))
  })
  const shown = fitting.slice(0, mostShown)
  const here = Math.min(at, shown.length - 1)
  useEffect(() => {
    list.current?.children[here]?.scrollIntoView({ block: 'nearest' })
  }, [here])
  const act = (entry: Entry | undefined) => {
    if (!entry) return
    close()
    entry.act()
  }
  return (
    <Dialog label="commands" close={close} kind="palette">
      <input
        type="text"
        class="palette-words"
        placeholder="a view, a run, a command"
        aria-label="a view, a run, a command"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={shown.length ? `palette-${here}` : undefined}
        value={words}
        onInput={event => {
          setWords(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={event => {
          const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
          if (by !== undefined) {
            event.preventDefault()
            setAt(Math.max(0, Math.min(shown.length - 1, here + by)))
          } else if (event.key === 'Enter') {
            event.preventDefault()
            act(shown[here])
          }
        }}
      />
      <div class="palette-list" id="palette-list" role="listbox" aria-label="what fits" ref={list}>
        {shown.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field above
          <div
            key={`${entry.title} ${entry.hint}`}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === here}
            onClick={() => act(entry)}
          >
            <span class="clip">{entry.title}</span>
            <span class="soft small clip">{entry.hint}</span>
          </div>
        ))}
      </div>
      <p class="palette-foot soft small" role="status">
        {fitting.length === 0
          ? 'Nothing fits.'
          : fitting.length > mostShown
            ? `showing ${mostShown} of ${grouped(fitting.length)}`
            : 'Enter opens, Escape closes'}
      </p>
    </Dialog>
  )
}

const keys: readonly (readonly [string, string])[] = [
  ['Ctrl K', 'everything by name'],
  ['/', 'to the filter of the view'],
  ...places.map(({ key, name, alone }) => [`g ${key}`, alone ?? name] as const),
  ['j, k', 'next and previous run'],
  ['Enter, x', 'open or choose the run'],
  ['← →', 'images, epochs, curves, tabs'],
  ['+ − 0', 'nearer, further, the whole map'],
  ['Escape', 'close'],
]

export function Keys() {
  if (!areKeysShown.value) return null
  return (
    <Dialog
      label="keys"
      kind="keys"
      close={() => {
        areKeysShown.value = false
      }}
    >
      <h2>Keys</h2>
      <dl>
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
