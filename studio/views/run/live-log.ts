/** The log of a run: what there is, and then every line as it is written. */
import { useEffect, useReducer, useRef } from 'preact/hooks'
import type { EpochLine, StepLine } from '../../../src/runs/record.ts'
import type { RunDetail } from '../../../src/server/api.ts'
import { client } from '../../client.ts'
import { watchRun } from '../../events.ts'
import { type Failure, failureOf } from '../../failure.ts'

export interface LiveLog {
  epochs: EpochLine[]
  steps: StepLine[]
  /** all steps there are, where fewer are shown */
  ofSteps: number
  /** what was written since the page was opened, and the run as it now stands */
  changed?: Pick<RunDetail, 'listed' | 'record'>
  failure?: Failure
  damage?: string
  isLoaded: boolean
}

/** Milliseconds until a log that is not there yet is asked for again: a job makes its run's folder when it begins. */
const again = 1500

const fresh = (): LiveLog => ({ epochs: [], steps: [], ofSteps: 0, isLoaded: false })

export function useLiveLog(run: string, isTraining: boolean): LiveLog {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0)
  const log = useRef(fresh())
  useEffect(() => {
    log.current = fresh()
    if (!isTraining) return
    const abort = new AbortController()
    let end = () => {}
    let frame = 0
    const show = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0
        log.current = { ...log.current }
        redraw(undefined)
      })
    }
    let retry: ReturnType<typeof setTimeout> | undefined
    const load = () =>
      client.runLog(run, abort.signal).then(
        ({ epochs, steps, ofSteps, next, damage }) => {
          Object.assign(log.current, { epochs, steps, ofSteps, damage, failure: undefined, isLoaded: true })
          end = watchRun(run, {
            from: next,
            onLog({ lines, reset }) {
              const now = log.current
              const first = lines[0]
              if (reset) {
                const from = first?.step ?? 0
                now.steps = now.steps.filter(({ step }) => step < from)
                now.epochs = now.epochs.filter(({ step }) => step < from)
              }
              const newSteps = lines.filter(line => line.kind === 'step')
              now.steps = [...now.steps, ...newSteps]
              now.epochs = [...now.epochs, ...lines.filter(line => line.kind === 'epoch')]
              now.ofSteps += newSteps.length
              show()
            },
            onRecord({ listed, record }) {
              log.current.changed = { listed, record }
              show()
            },
          })
          show()
        },
        error => {
          if (abort.signal.aborted) return
          log.current.failure = failureOf(error)
          retry = setTimeout(load, again)
          show()
        },
      )
    void load()
    return () => {
      abort.abort()
      clearTimeout(retry)
      end()
      cancelAnimationFrame(frame)
    }
  }, [run, isTraining])
  return log.current
}
