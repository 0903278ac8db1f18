/** Truth by prediction. Each cell opens the images that are in it. */
import { useMemo, useRef } from 'preact/hooks'
import type { Confusion } from '../../../src/server/api.ts'
import { Export, type ExportAsked } from '../../parts/export/export.tsx'
import { stillOfTable } from '../../parts/export/still.ts'
import { counted, percent } from '../../words.ts'

/** With more classes than this, the pairs that are confused say more than a field of dots. */
const mostClasses = 40
const mostPairs = 60
/** Names of classes up to so many letters stand in the matrix as they are; beyond, one points at them. */
const mostLetters = 40

const widthOfNames = (classes: readonly string[]): number =>
  classes.reduce((most, { length }) => Math.min(mostLetters, Math.max(most, length)), 8)

export interface CellName {
  truth: number
  predicted: number
}

export function ConfusionMatrix({
  confusion,
  cell,
  open,
  taken,
}: {
  confusion: Confusion
  cell?: CellName
  open: (cell: CellName) => void
  /** what it is called where it is taken away */
  taken: Pick<ExportAsked, 'name' | 'title' | 'line' | 'page'>
}) {
  const { classes, cells } = confusion
  const room = useRef<HTMLDivElement>(null)
  const hasMatrix = classes.length <= mostClasses
  const wrong = cells
    .filter(({ truth, predicted, count }) => truth !== predicted && count > 0)
    .sort((a, b) => b.count - a.count)
  return (
    <div class="confusion" ref={room}>
      {hasMatrix && <Matrix confusion={confusion} cell={cell} open={open} />}
      <div>
        <div class="bar">
          <h3>Most often confused</h3>
          {hasMatrix && (
            <Export
              small
              label="Export the matrix"
              {...taken}
              still={() => stillOfTable(room.current!.querySelector('table')!, taken.title, taken.line)}
            />
          )}
        </div>
        {wrong.length === 0 && <p class="soft">Nothing: every image was recognised.</p>}
        <ol class="pairs">
          {wrong.slice(0, mostPairs).map(({ truth, predicted, count }) => (
            <li key={`${truth},${predicted}`}>
              <button
                type="button"
                aria-pressed={cell?.truth === truth && cell.predicted === predicted}
                onClick={() => open({ truth, predicted })}
              >
                <b>{count}</b> {classes[truth]} <span class="soft">taken for</span> {classes[predicted]}
              </button>
            </li>
          ))}
        </ol>
        {wrong.length > mostPairs && (
          <p class="soft small">
            showing {mostPairs} of {counted(wrong.length, 'pair')}
          </p>
        )}
      </div>
    </div>
  )
}

function Matrix({
  confusion: { classes, cells },
  cell,
  open,
}: {
  confusion: Confusion
  cell?: CellName
  open: (cell: CellName) => void
}) {
  const { counts, totals } = useMemo(() => {
    const counts = new Map(cells.map(one => [`${one.truth},${one.predicted}`, one.count]))
    const totals = classes.map(() => 0)
    for (const one of cells) totals[one.truth] += one.count
    return { counts, totals }
  }, [classes, cells])
  const count = (truth: number, predicted: number) => counts.get(`${truth},${predicted}`) ?? 0
  return (
    <div class="matrix-room">
      <table class="matrix" style={{ '--n': classes.length, '--names': `${widthOfNames(classes)}ch` }}>
        <caption class="unseen">rows: the true class; columns: the predicted class</caption>
        <thead>
          <tr>
            <th class="corner">
              true <span>predicted →</span>
            </th>
            {classes.map(name => (
              <th key={name} scope="col">
                <span title={name}>{name}</span>
              </th>
            ))}
            <th class="recall">right</th>
          </tr>
        </thead>
        <tbody>
          {classes.map((name, truth) => (
            <tr key={name}>
              <th scope="row" title={name}>
                <span>{name}</span>
              </th>
              {classes.map((other, predicted) => {
                const number = count(truth, predicted)
                const isOpen = cell?.truth === truth && cell.predicted === predicted
                const share = totals[truth] ? number / totals[truth] : 0
                return (
                  <td key={other}>
                    {number > 0 && (
                      <button
                        type="button"
                        class={truth === predicted ? 'right' : 'wrong'}
                        aria-pressed={isOpen}
                        aria-label={`${counted(number, 'image')} of ${name}, predicted ${other}`}
                        style={{ '--share': `${Math.round(100 * Math.max(0.14, Math.sqrt(share)))}%` }}
                        onClick={() => open({ truth, predicted })}
                      >
                        {number}
                      </button>
                    )}
                  </td>
                )
              })}
              <td class="recall number">
                {totals[truth] ? percent(count(truth, truth) / totals[truth]) : ''}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
