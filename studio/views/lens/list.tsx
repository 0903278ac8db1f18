/** All results of lenses, and the way to new ones. */
import type { LensResult } from '../../../src/server/api.ts'
import { groupBy } from '../../group.ts'
import { Chips } from '../../parts/chips.tsx'
import { Empty, Shown } from '../../parts/states.tsx'
import { href, query, setQuery } from '../../route.ts'
import { useRuns } from '../../runs.ts'
import { counted } from '../../words.ts'
import { LensCards } from '../run/results.tsx'

/** So many cards at once; one asks for more. */
const atOnce = 48

export function LensesView() {
  const most = Number(query.value.get('most')) || atOnce
  const loaded = useRuns()
  const kind = query.value.get('kind')
  return (
    <>
      <header>
        <div class="view-title">
          <h1>Lenses</h1>
          <div class="actions">
            <a class="button primary" href={href('start', { lens: 1 })}>
              Look inside a network
            </a>
          </div>
        </div>
        <p class="lead">What was found by looking into networks, the newest first.</p>
      </header>
      <Shown of={loaded} height={420}>
        {({ runs }) => {
          const results = runs.filter(({ command, state }) => command !== 'train' && state !== 'damaged')
          const kinds = [...groupBy(results, ({ command }) => command)]
          const shown = results.filter(({ command }) => !kind || command === kind)
          return results.length ? (
            <>
              <div class="bar">
                <Chips
                  label="Lens"
                  value={kind ?? undefined}
                  chips={kinds.map(([name, { length }]) => ({ key: name, title: name, count: length }))}
                  change={name => setQuery({ kind: kind === name ? undefined : name })}
                />
                <output class="soft small">{counted(shown.length, 'result')}</output>
              </div>
              <LensCards
                results={shown
                  .slice(0, most)
                  .map(({ name, command, changed }): LensResult => ({ run: name, command, changed }))}
              />
              {shown.length > most && (
                <p class="small apart">
                  showing {most} of {counted(shown.length, 'result')}{' '}
                  <button type="button" class="link" onClick={() => setQuery({ most: 2 * most })}>
                    Show more
                  </button>
                </p>
              )}
            </>
          ) : (
            <Empty title="No lens has been used yet">
              <p>
                <a href={href('start', { lens: 1 })}>Choose a lens</a>, or open a{' '}
                <a href={href('runs')}>run</a> and look inside.
              </p>
            </Empty>
          )
        }}
      </Shown>
    </>
  )
}
