/** The two curves that one watches while a network trains. */
import { useMemo } from 'preact/hooks'
import { Curves } from '../../parts/curves.tsx'
import { href } from '../../route.ts'
import { percent } from '../../words.ts'
import { lossSeries, scoreSeries } from './curves-of.ts'
import { useLiveLog } from './live-log.ts'
import { defaultSmoothing } from './overview.tsx'

export function LiveCurves({ run }: { run: string }) {
  const { steps, epochs } = useLiveLog(run, true)
  const loss = useMemo(() => lossSeries(steps, defaultSmoothing), [steps])
  const scores = useMemo(() => scoreSeries(epochs), [epochs])
  return (
    <>
      <div class="curve-grid two">
        <Curves title="Loss" axis="step" series={loss} />
        <Curves title="Score" axis="epoch" series={scores} format={percent} />
      </div>
      <p class="small">
        <a href={href('run', { run })}>All of this run</a>
      </p>
    </>
  )
}
