/** All runs: find, sort, group, and choose some to compare. */
import { Fragment } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import type { ListedRun } from '../../../src/runs/list-page.ts'
import { addressOf, isHeld } from '../../client.ts'
import { jobs } from '../../events.ts'
import { groupBy } from '../../group.ts'
import { Chips } from '../../parts/chips.tsx'
import { Spark } from '../../parts/curves.tsx'
import { Export } from '../../parts/export/export.tsx'
import { csvForm } from '../../parts/export/list-file.ts'
import { stillOfTable } from '../../parts/export/still.ts'
import { isNarrow } from '../../parts/narrow.ts'
import { StateMark } from '../../parts/state-mark.tsx'
import { Empty, Shown, Waiting } from '../../parts/states.tsx'
import { useVirtualRows } from '../../parts/virtual.ts'
import { go, href, query, setQuery } from '../../route.ts'
import { useRuns } from '../../runs.ts'
import { studio } from '../../studio.ts'
import { ago, baseName, brief, counted, grouped, percent } from '../../words.ts'
import { arrange, columns, groupings, listOf, type Row, readSorting, whatOf, writeSorting } from './list.ts'

export function RunsView() {
  const loaded = useRuns()
  return (
    <>
      <header>
        <div class="view-title">
          <h1>Runs</h1>
          <div class="actions">
            <a class="button primary" href={href('start', { command: 'train' })}>
              Train a network
            </a>
          </div>
        </div>
      </header>
      <Shown of={loaded} height={480}>
        {({ runs, more = false }) =>
          runs.length ? <RunsTable runs={runs} more={more} /> : more ? <Waiting height={480} /> : <NoRuns />
        }
      </Shown>
    </>
  )
}

const NoRuns = () => (
  <Empty title="There are no runs here yet">
    <p>
      <a href={href('start', { command: 'train' })}>Train a network</a> on a folder with one sub-folder for
      each class. Without images at hand,{' '}
      <a href={href('start', { command: 'data seedlings' })}>draw the seedlings</a> first: twelve species,
      drawn by the program.
    </p>
  </Empty>
)

export function RunsTable({ runs, more }: { runs: readonly ListedRun[]; more: boolean }) {
  const ask = query.value
  const words = ask.get('q') ?? ''
  const state = ask.get('state') ?? undefined
  const sortText = ask.get('sort')
  const sorting = useMemo(() => readSorting(sortText), [sortText])
  const group = groupings.find(name => name === ask.get('group'))
  const chosen = ask.getAll('sel')
  const { rows, found } = useMemo(
    () => arrange(runs, { words, state, sorting, group }),
    [runs, words, state, sorting, group],
  )
  const states = useMemo(() => [...groupBy(runs, run => run.state)], [runs])
  const narrow = isNarrow.value
  const height = narrow ? 58 : 36
  const { anchor, rows: visible, total } = useVirtualRows(rows.length, height)
  const first = visible[0]?.start ?? 0
  const last = visible.length ? visible[visible.length - 1].start + height : 0
  const running = useMemo(
    () => new Map((jobs.value ?? []).filter(job => job.state === 'running').map(job => [job.run, job])),
    [jobs.value],
  )
  const table = useRef<HTMLTableElement>(null)
  const line = `glasshouse runs ${studio.value?.runs ?? ''}`
  const title = [counted(found.length, 'run'), words, state, group && `by ${group}`]
    .filter(Boolean)
    .join(', ')
  const choose = (name: string, isChosen: boolean) =>
    setQuery({ sel: isChosen ? [...chosen, name] : chosen.filter(one => one !== name) })
  const sortBy = (key: string, numeric?: true) =>
    setQuery({
      sort: writeSorting({ key, isDown: sorting.key === key ? !sorting.isDown : Boolean(numeric) }),
    })
  return (
    <>
      <div class="bar">
        <label class="field-search">
          <span class="unseen">Filter the runs by words, or score&gt;0.9</span>
          <input
            type="search"
            placeholder="filter: words, score>0.9"
            value={words}
            data-key="/"
            onInput={event => setQuery({ q: event.currentTarget.value })}
          />
        </label>
        {states.length > 1 && (
          <Chips
            label="State"
            value={state}
            chips={states.map(([name, { length }]) => ({ key: name as string, title: name, count: length }))}
            change={name => setQuery({ state: state === name ? undefined : name })}
          />
        )}
        <label class="field-line">
          group by{' '}
          <select value={group ?? ''} onChange={event => setQuery({ group: event.currentTarget.value })}>
            <option value="">nothing</option>
            {groupings.map(name => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <Export
          small
          name="runs"
          title={title}
          line={line}
          {...(found.length > 0 && { still: () => stillOfTable(table.current!, title, line) })}
          page={() => ({ view: 'runs', answers: [addressOf.runs], images: [], imageSize: 64 })}
          others={[
            csvForm('a row for each run that is shown, with all that is known of it', () => listOf(found)),
          ]}
        />
        <output class="soft small">
          {found.length === runs.length
            ? counted(found.length, 'run')
            : `showing ${grouped(found.length)} of ${counted(runs.length, 'run')}`}
          {more && ', and more are being read …'}
        </output>
      </div>
      {chosen.length > 0 && (
        <div class="selection" role="status">
          <span>{counted(chosen.length, 'run')} chosen</span>
          <a class="button primary small" href={href('compare', { run: chosen })}>
            Compare
          </a>
          <button type="button" class="button small" onClick={() => setQuery({ sel: [] })}>
            Choose none
          </button>
        </div>
      )}
      {found.length === 0 ? (
        <Empty title="No run fits">
          <p>
            <button type="button" class="link" onClick={() => setQuery({ q: undefined, state: undefined })}>
              Show all {counted(runs.length, 'run')}
            </button>
          </p>
        </Empty>
      ) : (
        <div class="table-room" ref={anchor as { current: HTMLDivElement | null }}>
          <table class="runs" ref={table} aria-rowcount={rows.length + 1}>
            <thead>
              <tr>
                {!isHeld() && (
                  <th class="tick">
                    <span class="unseen">choose</span>
                  </th>
                )}
                {columns.map(({ key, title, numeric }) => (
                  <Fragment key={key}>
                    {key === 'score' && <th class="c-curve">Curve</th>}
                    <th
                      class={`c-${key}${numeric ? ' number' : ''}`}
                      aria-sort={
                        sorting.key === key ? (sorting.isDown ? 'descending' : 'ascending') : undefined
                      }
                    >
                      <button type="button" onClick={() => sortBy(key, numeric)}>
                        {title}
                      </button>
                    </th>
                  </Fragment>
                ))}
              </tr>
            </thead>
            <tbody>
              {first > 0 && <tr class="spacer" style={{ height: `${first}px` }} />}
              {visible.map(({ index }) => {
                const row = rows[index]
                return row.kind === 'group' ? (
                  <GroupRow key={`group ${row.name}`} row={row} index={index} />
                ) : (
                  <RunRow
                    key={row.run.name}
                    run={row.run}
                    index={index}
                    isChosen={chosen.includes(row.run.name)}
                    progress={progressOf(running.get(row.run.name))}
                    choose={choose}
                  />
                )
              })}
              {total > last && <tr class="spacer" style={{ height: `${total - last}px` }} />}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}

function progressOf(job: { stages: readonly { done: number; total: number }[] } | undefined) {
  const stage = job?.stages[0]
  return stage?.total ? stage.done / stage.total : undefined
}

const GroupRow = ({ row, index }: { row: Extract<Row, { kind: 'group' }>; index: number }) => (
  <tr class="group" aria-rowindex={index + 2}>
    <th colSpan={isNarrow.value ? 4 : columns.length + 2} scope="rowgroup">
      {row.name} <span class="soft">{row.count}</span>
      {row.best !== undefined && <span class="soft"> · best {percent(row.best)}</span>}
    </th>
  </tr>
)

function RunRow({
  run,
  index,
  isChosen,
  progress,
  choose,
}: {
  run: ListedRun
  index: number
  isChosen: boolean
  progress?: number
  choose: (name: string, isChosen: boolean) => void
}) {
  const target = href('run', { run: run.name })
  return (
    <tr
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      onClick={event => {
        const isElsewhere = event.target instanceof Element && event.target.closest('a, input, label')
        if (!isElsewhere && !isHeld()) go(target)
      }}
    >
      {!isHeld() && (
        <td class="tick">
          <label>
            <input
              type="checkbox"
              checked={isChosen}
              aria-label={`choose ${run.name}`}
              onChange={event => choose(run.name, event.currentTarget.checked)}
            />
          </label>
        </td>
      )}
      <td class="c-name">
        <a class="clip" href={target} title={run.name}>
          {run.name}
        </a>
        <span class="under clip">
          {[whatOf(run), run.net, run.data && baseName(run.data)].filter(Boolean).join(' · ')}
        </span>
      </td>
      <td class="c-objective clip">{whatOf(run)}</td>
      <td class="c-net clip">{run.net ?? ''}</td>
      <td class="c-data clip" title={run.data}>
        {run.data ? baseName(run.data) : ''}
      </td>
      <td class="c-curve">
        <Spark
          values={run.curve}
          label={
            run.curve.length
              ? `from ${percent(run.curve[0])} to ${percent(run.curve[run.curve.length - 1])}`
              : ''
          }
        />
      </td>
      <td class="c-score number" title={run.measure}>
        {run.score === undefined ? '' : percent(run.score)}
      </td>
      <td class="c-epochs number">
        {run.epochs === undefined ? '' : `${brief(run.epochs)} / ${brief(run.ofEpochs ?? run.epochs)}`}
      </td>
      <td class="c-state">
        <StateMark state={run.state} progress={progress} title={run.fault} />
      </td>
      <td class="c-changed number soft">{ago(run.changed)}</td>
    </tr>
  )
}
