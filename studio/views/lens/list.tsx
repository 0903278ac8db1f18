/** All results of lenses, and the way to new ones. */
import type { ListedRun } from '../../../src/runs/list-page.ts'
import type { LensResult } from '../../../src/server/api.ts'
import { addressOf } from '../../client.ts'
import { groupBy } from '../../group.ts'
import { Chips } from '../../parts/chips.tsx'
import { ShowMore } from '../../parts/show-more.tsx'
import { Empty, Shown } from '../../parts/states.tsx'
import { href, query, setQuery } from '../../route.ts'
import { useRuns } from '../../runs.ts'
import { counted } from '../../words.ts'
import { LensCards } from '../run/cards.tsx'
import { listOf } from '../runs/list.ts'

/** So many cards at once; one asks for more. */
const atOnce = 48

export function LensesView() {
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
      <LensList />
    </>
  )
}

export const LensList = () => (
  <Shown of={useRuns()} height={420}>
    {({ runs }) => {
      const results = runs.filter(({ command, state }) => command !== 'train' && state !== 'damaged')
      return results.length ? (
        <Results results={results} />
      ) : (
        <Empty title="No lens has been used yet">
          <p>
            <a href={href('start', { lens: 1 })}>Choose a lens</a>, or open a <a href={href('runs')}>run</a>{' '}
            and look inside.
          </p>
        </Empty>
      )
    }}
  </Shown>
)

function Results({ results }: { results: readonly ListedRun[] }) {
  const most = Number(query.value.get('most')) || atOnce
  const kind = query.value.get('kind')
  const kinds = [...groupBy(results, ({ command }) => command)]
  const found = results.filter(({ command }) => !kind || command === kind)
  const title = counted(found.length, 'result')
  return (
    <>
      <LensCards
        results={found.slice(0, most).map(resultOf)}
        name="lenses"
        title={kind ? `${title} of ${kind}` : title}
        page={{ view: 'lenses', answers: [addressOf.runs] }}
        all={results.map(resultOf)}
        list={() => listOf(found)}
      >
        <Chips
          label="Lens"
          value={kind ?? undefined}
          chips={kinds.map(([name, { length }]) => ({ key: name, title: name, count: length }))}
          change={name => setQuery({ kind: kind === name ? undefined : name })}
        />
      </LensCards>
      <ShowMore most={most} count={found.length} all={title} />
    </>
  )
}

const resultOf = ({ name, command, changed }: ListedRun): LensResult => ({ run: name, command, changed })
