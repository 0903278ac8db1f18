/** Two or more runs side by side: where they were asked for different things, and how they did. */
import { useEffect, useMemo, useReducer, useRef } from 'preact/hooks'
import type { RunDetail } from '../../../src/server/api.ts'
import { addressOf, client } from '../../client.ts'
import { type Failure, failureOf } from '../../failure.ts'
import { CopyLink } from '../../parts/copy-link.tsx'
import { Curves, seriesColour } from '../../parts/curves.tsx'
import { Export } from '../../parts/export/export.tsx'
import { filmOfFigures, stillOfFigures } from '../../parts/export/still.ts'
import { StateMark } from '../../parts/state-mark.tsx'
import { Empty, Failed, Waiting } from '../../parts/states.tsx'
import type { Series } from '../../parts/thin.ts'
import { href, query, setQuery } from '../../route.ts'
import { useRuns } from '../../runs.ts'
import { brief, percent } from '../../words.ts'
import { scoreOf } from '../run/curves-of.ts'
import { differences, settingsOf } from '../run/settings.ts'

/** More curves than there are colours to tell apart. */
const mostRuns = 8

function useDetails(names: readonly string[]): { details: (RunDetail | undefined)[]; failures: Failure[] } {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0)
  const found = useRef(new Map<string, RunDetail | Failure>())
  const key = names.join('\n')
  useEffect(() => {
    const abort = new AbortController()
    for (const name of key.split('\n').filter(Boolean)) {
      if (found.current.has(name)) continue
      client
        .run(name, abort.signal)
        .catch(failureOf)
        .then(detail => {
          if (abort.signal.aborted) return
          found.current.set(name, detail)
          redraw(undefined)
        })
    }
    return () => abort.abort()
  }, [key])
  const all = names.map(name => found.current.get(name))
  return {
    details: all.map(one => (one && 'listed' in one ? one : undefined)),
    failures: all.flatMap(one => (one && 'what' in one ? [one] : [])),
  }
}

export function CompareView() {
  const asked = query.value.getAll('run')
  const names = asked.slice(0, mostRuns)
  const { details, failures } = useDetails(names)
  const all = query.value.get('all') === '1'
  const runs = useRuns()
  const rows = useMemo(
    () =>
      differences(
        details.map(detail => (detail ? settingsOf(detail) : new Map<string, string>())),
        all,
      ),
    [details.map(detail => detail?.listed.name).join(), all],
  )
  const pick = (of: (line: RunDetail['epochs'][number]) => number | undefined): Series[] =>
    details.flatMap((detail, colour) => {
      if (!detail) return []
      const lines = detail.epochs.filter(line => of(line) !== undefined)
      return [
        {
          name: detail.listed.name,
          colour,
          x: lines.map(({ epoch }) => epoch),
          y: lines.map(line => of(line) ?? Number.NaN),
        },
      ]
    })
  const missing = details.filter(detail => !detail).length - failures.length
  const grid = useRef<HTMLDivElement>(null)
  const lines = details.map((detail, at) => detail?.line ?? `glasshouse studio, run ${names[at]}`).join(' ; ')
  const others = (runs.value?.runs ?? []).filter(
    ({ name, command }) => command === 'train' && !names.includes(name),
  )
  return (
    <>
      <header>
        <p class="crumbs">
          <a href={href('runs', { sel: names })}>Runs</a>
        </p>
        <div class="view-title">
          <h1>Compare</h1>
          <div class="actions">
            <CopyLink />
            {names.length > 0 && missing === 0 && (
              <Export
                name={`compare-${names.join('-')}`.slice(0, 80)}
                title={names.join(', ')}
                line={lines}
                still={() => stillOfFigures(grid.current!, names.join(', '), lines)}
                films={[
                  {
                    words: 'the curves grow',
                    film: () => filmOfFigures(grid.current!, names.join(', '), lines),
                  },
                ]}
                page={() => ({
                  view: 'compare',
                  answers: names.map(addressOf.run),
                  images: [],
                  imageSize: 64,
                })}
              />
            )}
          </div>
        </div>
      </header>
      {failures.map(failure => (
        <Failed key={failure.what} failure={failure} />
      ))}
      {asked.length > mostRuns && (
        <p class="soft small">
          showing {mostRuns} of {asked.length} runs
        </p>
      )}
      <div class="bar">
        <label class="field-line">
          add{' '}
          <select
            value=""
            disabled={names.length >= mostRuns}
            onChange={event => setQuery({ run: [...names, event.currentTarget.value] }, { replace: false })}
          >
            <option value="">a run …</option>
            {others.map(({ name, score }) => (
              <option key={name} value={name}>
                {name}
                {score === undefined ? '' : `  ${percent(score)}`}
              </option>
            ))}
          </select>
        </label>
        <label class="field-line">
          <input
            type="checkbox"
            checked={all}
            onChange={event => setQuery({ all: event.currentTarget.checked ? '1' : undefined })}
          />{' '}
          also what is the same
        </label>
      </div>
      {names.length === 0 ? (
        <Empty title="No runs are chosen">
          <p>
            Choose some in the <a href={href('runs')}>table of runs</a>, or add one above.
          </p>
        </Empty>
      ) : missing > 0 ? (
        <Waiting height={420} />
      ) : (
        <>
          <div class="curve-grid two" ref={grid}>
            <Curves title="Score" axis="epoch" series={pick(scoreOf)} format={percent} height={250} />
            <Curves title="Loss" axis="epoch" series={pick(({ loss }) => loss)} height={250} />
          </div>
          <div class="table-room scroll">
            <table class="plain compare">
              <thead>
                <tr>
                  <th>
                    <span class="unseen">setting</span>
                  </th>
                  {details.map(
                    (detail, at) =>
                      detail && (
                        <th key={detail.listed.name} scope="col">
                          <i style={{ background: seriesColour(at) }} />
                          <a href={href('run', { run: detail.listed.name })}>{detail.listed.name}</a>
                          <button
                            type="button"
                            class="link soft"
                            aria-label={`take ${detail.listed.name} out of the comparison`}
                            onClick={() =>
                              setQuery({ run: names.filter(name => name !== detail.listed.name) })
                            }
                          >
                            ×
                          </button>
                        </th>
                      ),
                  )}
                </tr>
              </thead>
              <tbody>
                <tr class="strong">
                  <th scope="row">score</th>
                  {details.map(
                    detail =>
                      detail && (
                        <td key={detail.listed.name}>
                          {detail.listed.score === undefined ? '–' : percent(detail.listed.score)}{' '}
                          <span class="soft">{detail.listed.measure}</span>
                        </td>
                      ),
                  )}
                </tr>
                <tr>
                  <th scope="row">state</th>
                  {details.map(
                    detail =>
                      detail && (
                        <td key={detail.listed.name}>
                          <StateMark state={detail.listed.state} /> {brief(detail.listed.epochs ?? 0)} epochs
                        </td>
                      ),
                  )}
                </tr>
                {rows.map(({ name, values, differs }) => (
                  <tr key={name} class={differs && all ? 'differs' : ''}>
                    <th scope="row">{name}</th>
                    {values.map((value, at) => (
                      <td key={at}>{value ?? <span class="soft">–</span>}</td>
                    ))}
                  </tr>
                ))}
                {rows.length === 0 && names.length > 1 && (
                  <tr>
                    <td colSpan={names.length + 1} class="soft">
                      They were asked for the same.
                    </td>
                  </tr>
                )}
              </tbody>
            </table>
          </div>
        </>
      )}
    </>
  )
}
