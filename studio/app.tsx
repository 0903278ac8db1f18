/** The frame around every view: where one can go, what is under way, and the view that the address names. */
import { useEffect, useLayoutEffect } from 'preact/hooks'
import { connection, openJobs } from './events.ts'
import { isPaletteOpen, Keys, Palette, useKeys } from './palette.tsx'
import { Icon } from './parts/icons.tsx'
import { Failed } from './parts/states.tsx'
import { places } from './places.ts'
import { followLinks, href, view } from './route.ts'
import { askStudio, studio, studioFailure } from './studio.ts'
import { applyTheme, nextTheme, theme } from './theme.ts'
import { views } from './views/index.ts'

export function App() {
  useKeys()
  useEffect(() => {
    document.addEventListener('click', followLinks)
    void askStudio()
    return () => document.removeEventListener('click', followLinks)
  }, [])
  return (
    <div class="shell">
      <a class="skip" href="#view">
        Skip to the content
      </a>
      <Rail />
      <View />
      <Palette />
      <Keys />
      {connection.value === 'lost' && (
        <div class="offline" role="status">
          The studio’s server does not answer; the page goes on as soon as it does.
        </div>
      )}
    </div>
  )
}

function Rail() {
  const here = view.value
  return (
    <div class="rail">
      <a class="brand" href={href('runs')}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" fill="#14704f" />
          <path
            d="M6 25V14L16 7l10 7v11zM16 7v18M6 18h20"
            fill="none"
            stroke="#fff"
            stroke-width="2"
            stroke-linejoin="round"
          />
        </svg>
        Glasshouse
      </a>
      <nav aria-label="Views">
        {places.map(place => (
          <a
            key={place.view}
            href={href(place.view)}
            aria-current={here === place.view || place.covers?.includes(here) ? 'page' : undefined}
          >
            <Icon name={place.icon} />
            {place.name}
            {place.view === 'jobs' && openJobs.value.length > 0 && (
              <span class="count">
                {openJobs.value.length}
                <span class="unseen"> open</span>
              </span>
            )}
          </a>
        ))}
      </nav>
      <div class="rail-foot">
        <button
          type="button"
          class="palette-button"
          onClick={() => {
            isPaletteOpen.value = true
          }}
        >
          <Icon name="search" />
          Find <kbd>Ctrl K</kbd>
        </button>
        <button type="button" class="theme-button" onClick={() => applyTheme(nextTheme())}>
          <Icon name={theme.value} />
          {theme.value === 'system' ? 'as the system' : theme.value}
          <span class="unseen"> colours; change</span>
        </button>
      </div>
    </div>
  )
}

function View() {
  const found = views[view.value]
  const Shown = found?.view ?? NotFound
  const title = found?.title ?? 'Not found'
  useLayoutEffect(() => {
    document.title = `${title} · Glasshouse`
  }, [title])
  return (
    <main class="view" id="view" tabIndex={-1}>
      {studioFailure.value && !studio.value && <Failed failure={studioFailure.value} retry={askStudio} />}
      <Shown key={view.value} />
    </main>
  )
}

const NotFound = () => (
  <div class="empty">
    <h1>There is no such view</h1>
    <p>
      The address may come from another version. <a href={href('runs')}>All runs</a>
    </p>
  </div>
)
