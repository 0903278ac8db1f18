/** Curves of a run beside what it was asked to do. */
import { useMemo, useRef } from 'preact/hooks'
import type { RunDetail } from '../../../src/server/api.ts'
import { addressOf } from '../../client.ts'
import { CommandLine } from '../../parts/copy-link.tsx'
import { Curves } from '../../parts/curves.tsx'
import { Export } from '../../parts/export/export.tsx'
import { filmOfFigures, stillOfFigures } from '../../parts/export/still.ts'
import { Settings } from '../../parts/settings.tsx'
import { Failed, Waiting } from '../../parts/states.tsx'
import { query, setQuery } from '../../route.ts'
import { capital, counted, grouped, percent } from '../../words.ts'
import { lossSeries, ratesOf, scoreSeries, statisticsOf } from './curves-of.ts'
import type { LiveLog } from './live-log.ts'
import { settingsOf } from './settings.ts'

export const defaultSmoothing = 0.6

export function Smoothing() {
  const weight = smoothing()
  return (
    <label class="field-line slider">
      smoothing
      <input
        type="range"
        min="0"
        max="0.98"
        step="0.02"
        value={weight}
        onInput={event => setQuery({ smooth: event.currentTarget.value })}
      />
      <b>{weight.toFixed(2)}</b>
    </label>
  )
}

export function smoothing(): number {
  const text = query.value.get('smooth')
  const number = text === null ? defaultSmoothing : Number(text)
  return number >= 0 && number < 1 ? number : defaultSmoothing
}

export function Overview({ detail, log }: { detail: RunDetail; log: LiveLog }) {
  const weight = smoothing()
  const log10 = query.value.get('scale') === 'log'
  const { steps, epochs } = log
  const loss = useMemo(() => lossSeries(steps, weight), [steps, weight])
  const scores = useMemo(() => scoreSeries(epochs), [epochs])
  const rates = useMemo(() => ratesOf(steps), [steps])
  const statistics = useMemo(() => statisticsOf(steps, weight), [steps, weight])
  const settings = useMemo(() => [...settingsOf(detail)], [detail])
  const best = detail.record?.best
  const grid = useRef<HTMLDivElement>(null)
  const { name } = detail.listed
  const line = detail.line ?? `glasshouse train ${detail.record?.data.path ?? ''}`
  return (
    <div class="overview">
      <div>
        {log.failure && <Failed failure={log.failure} />}
        {log.damage && <Failed failure={{ what: `The log is damaged: ${log.damage}` }} />}
        <div class="bar">
          <Smoothing />
          <label class="field-line">
            <input
              type="checkbox"
              checked={log10}
              onChange={event => setQuery({ scale: event.currentTarget.checked ? 'log' : undefined })}
            />{' '}
            logarithmic loss
          </label>
          {log.isLoaded && (
            <Export
              small
              name={`${name}-curves`}
              title={`Curves of ${name}`}
              line={line}
              still={() => stillOfFigures(grid.current!, name, line)}
              films={[{ words: 'the curves grow', film: () => filmOfFigures(grid.current!, name, line) }]}
              page={() => ({
                view: 'curves',
                answers: [addressOf.run(name), addressOf.runLog(name)],
                images: [],
                imageSize: 64,
              })}
            />
          )}
          {log.ofSteps > steps.length && (
            <output class="soft small">
              showing {grouped(steps.length)} of {counted(log.ofSteps, 'step')}
            </output>
          )}
        </div>
        {!log.isLoaded && !log.failure ? (
          <Waiting height={560} />
        ) : (
          <div class="curve-grid" ref={grid}>
            <Curves
              title="Score"
              axis="epoch"
              series={scores}
              format={percent}
              mark={best && { x: best.epoch, label: `best epoch: ${best.epoch}` }}
            />
            <Curves title="Loss" axis="step" series={loss} log={log10} />
            {statistics.map(one => (
              <Curves key={one.name} title={capital(one.name)} axis="step" series={[one]} height={150} />
            ))}
            <Curves title="Learning rate" axis="step" series={rates} height={150} />
          </div>
        )}
        {detail.choice && <p class="soft small note">Scores: {detail.choice}.</p>}
      </div>
      <aside>
        {detail.line && (
          <>
            <h2>Made again by</h2>
            <CommandLine line={detail.line} />
          </>
        )}
        <h2>Settings</h2>
        <Settings rows={settings} />
      </aside>
    </div>
  )
}
