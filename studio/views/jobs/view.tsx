/** What runs, waits and has ended; and one job as it goes on, with what it has made so far. */
import { useRef, useState } from 'preact/hooks'
import type { List } from '../../../src/base/csv.ts'
import type { Job } from '../../../src/server/api.ts'
import { addressOf, client, isHeld } from '../../client.ts'
import { clock } from '../../clock.ts'
import { isOpen, jobs } from '../../events.ts'
import { failureOf } from '../../failure.ts'
import { useLoaded } from '../../loaded.ts'
import { CommandLine, CopyLink } from '../../parts/copy-link.tsx'
import { Export } from '../../parts/export/export.tsx'
import { csvForm } from '../../parts/export/list-file.ts'
import { stillOfTable } from '../../parts/export/still.ts'
import { JobActions, Progress } from '../../parts/job-line.tsx'
import { ShowMore } from '../../parts/show-more.tsx'
import { StateMark } from '../../parts/state-mark.tsx'
import { Empty, Failed, Waiting } from '../../parts/states.tsx'
import { go, href, query } from '../../route.ts'
import { studio } from '../../studio.ts'
import { ago, counted, duration, timeCell } from '../../words.ts'
import { LiveCurves } from '../run/live-curves.tsx'
import { Preview } from './preview.tsx'

/** So many at once; one asks for more. */
const atOnce = 200

export function JobsView() {
  const all = jobs.value
  const [failure, fail] = useState('')
  return (
    <>
      <header>
        <div class="view-title">
          <h1>Jobs</h1>
          <div class="actions">
            <AtOnce onFail={fail} />
          </div>
        </div>
        <p class="lead">
          They go on when this page is closed, and wait again by themselves where the studio was ended.
        </p>
      </header>
      {failure && <Failed failure={{ what: failure }} />}
      {!all ? (
        <Waiting height={300} />
      ) : all.length === 0 ? (
        <Empty title="Nothing has been started from here yet">
          <p>
            <a href={href('start')}>Start something</a>
          </p>
        </Empty>
      ) : (
        <JobItems jobs={all} />
      )}
    </>
  )
}

export function JobItems({ jobs }: { jobs: readonly Job[] }) {
  const most = Number(query.value.get('most')) || atOnce
  const list = useRef<HTMLUListElement>(null)
  const line = `glasshouse studio ${studio.value?.runs ?? ''}`
  const title = counted(jobs.length, 'job')
  return (
    <>
      <div class="bar">
        <Export
          small
          name="jobs"
          title={title}
          line={line}
          still={() => stillOfTable(list.current!, title, line)}
          page={() => ({
            view: 'jobs',
            answers: [],
            known: { [addressOf.jobs]: { jobs } },
            images: [],
            imageSize: 64,
          })}
          others={[
            csvForm('a row for each job: its command line, how it stands, its times', () => listOf(jobs)),
          ]}
        />
        <output class="soft small">{title}</output>
      </div>
      <ul class="jobs" ref={list}>
        {jobs.slice(0, most).map(job => (
          <JobItem key={job.id} job={job} />
        ))}
      </ul>
      <ShowMore most={most} count={jobs.length} all={title} />
    </>
  )
}

const listOf = (jobs: readonly Job[]): List => ({
  columns: ['run', 'command', 'state', 'attempts', 'created', 'started', 'ended', 'seconds', 'fault', 'line'],
  rows: jobs.map(({ run, command, state, attempts, created, started, ended, error, line }) => [
    ...[run, command, state, attempts, ...[created, started, ended].map(timeCell)],
    ...[started && ended ? (ended - started) / 1000 : '', error?.message ?? '', line],
  ]),
})

function AtOnce({ onFail }: { onFail: (what: string) => void }) {
  const state = studio.value
  if (!state || state.readOnly) return null
  return (
    <label class="field-line">
      at the same time{' '}
      <select
        value={state.queue.atOnce}
        onChange={async event => {
          try {
            const queue = await client.queue({ atOnce: Number(event.currentTarget.value) })
            studio.value = { ...state, queue }
          } catch (error) {
            onFail(failureOf(error).what)
          }
        }}
      >
        {[1, 2, 3, 4].map(count => (
          <option key={count}>{count}</option>
        ))}
      </select>
    </label>
  )
}

const targetOf = (job: Job): string => href('job', { job: job.id })

function timesOf({ created, started, ended, state }: Job): string {
  if (started && ended) return `${ago(ended)}, took ${duration((ended - started) / 1000)}`
  if (started) return `for ${duration((clock.value - started) / 1000)}`
  return state === 'waiting' ? `waits since ${ago(created)}` : ago(created)
}

function JobItem({ job }: { job: Job }) {
  const [stage] = job.stages
  return (
    <li>
      <div class="job-head">
        <a href={targetOf(job)}>
          <strong>{job.command}</strong> <span class="soft">{job.run}</span>
        </a>
        <StateMark state={job.state} />
        <span class="soft small">{timesOf(job)}</span>
        {!isHeld() && <JobActions job={job} />}
      </div>
      {stage ? <Progress stage={stage} /> : <code class="clip small soft">{job.line}</code>}
      {job.error && <p class="small bad-words">{job.error.message}</p>}
    </li>
  )
}

export function JobView() {
  const id = query.value.get('job')
  const all = jobs.value
  if (!all) return <Waiting height={420} />
  const job = all.find(job => job.id === id)
  if (!job)
    return (
      <Empty title="There is no such job">
        <p>
          It may have been forgotten; its results stay. <a href={href('jobs')}>All jobs</a>,{' '}
          <a href={href('runs')}>all runs</a>
        </p>
      </Empty>
    )
  return <OneJob key={job.id} job={job} />
}

function OneJob({ job }: { job: Job }) {
  const trains = job.command === 'train'
  const [failure, fail] = useState('')
  return (
    <>
      <header>
        <p class="crumbs">
          <a href={href('jobs')}>Jobs</a>
        </p>
        <div class="view-title">
          <h1>{job.command}</h1>
          <StateMark state={job.state} />
          <span class="soft small">{timesOf(job)}</span>
          <div class="actions">
            <JobActions job={job} />
            {!isOpen(job) && (
              <button
                type="button"
                class="button"
                onClick={async () => {
                  try {
                    await client.forget(job.id)
                    go(href('jobs'))
                  } catch (error) {
                    fail(failureOf(error).what)
                  }
                }}
              >
                Forget
              </button>
            )}
            <CopyLink />
            {job.hasResult && (
              <a class="button primary" href={href('run', { run: job.run })}>
                Open the result
              </a>
            )}
          </div>
        </div>
        <p class="lead">
          {job.run}
          {job.attempts > 1 && ` · started ${job.attempts} times`}
        </p>
      </header>
      {failure && <Failed failure={{ what: failure }} />}
      {job.error && <Failed failure={{ what: job.error.what ?? job.error.message, hint: job.error.hint }} />}
      <div class="stages">
        {job.stages.map(stage => (
          <Progress key={stage.id} stage={stage} />
        ))}
        {isOpen(job) && job.stages.length === 0 && (
          <p class="soft">{job.state === 'waiting' ? 'It waits for the jobs before it.' : 'It begins …'}</p>
        )}
      </div>
      {job.previews.length > 0 && (
        <div class="previews">
          {job.previews.map(preview => (
            <Preview key={preview.name} job={job} preview={preview} />
          ))}
        </div>
      )}
      {trains && job.state !== 'waiting' && <LiveCurves run={job.run} />}
      {job.notes.length > 0 && (
        <ul class="notes">
          {job.notes.map((note, at) => (
            <li key={at}>{note}</li>
          ))}
        </ul>
      )}
      <h2 class="apart">The same on the command line</h2>
      <CommandLine line={job.line} />
      <p class="small apart">
        <a href={href('start', repeat(job))}>Fill in the form again with these values</a>
      </p>
      <Log job={job} />
    </>
  )
}

/** The form as it was filled in. */
function repeat({ asked }: Job): Record<string, string | string[]> {
  const ask: Record<string, string | string[]> = { command: asked.command }
  for (const [name, value] of Object.entries(asked.inputs)) {
    if (value === undefined) continue
    ask[`in.${name}`] = Array.isArray(value) || typeof value === 'string' ? value : JSON.stringify(value)
  }
  for (const [key, value] of Object.entries(asked.options))
    ask[`o.${key}`] = Array.isArray(value) ? value.join(',') : String(value)
  return ask
}

function Log({ job }: { job: Job }) {
  const [isUnfolded, unfold] = useState(false)
  const loaded = useLoaded(isUnfolded ? `log ${job.id} ${job.state}` : undefined, signal =>
    client.jobLog(job.id, 0, signal),
  )
  return (
    <details class="more" onToggle={event => unfold((event.currentTarget as HTMLDetailsElement).open)}>
      <summary>What it printed</summary>
      {isUnfolded && (
        <>
          {loaded.failure && <Failed failure={loaded.failure} />}
          <pre class="log">{loaded.value ? loaded.value.text || 'nothing' : ''}</pre>
        </>
      )}
    </details>
  )
}
