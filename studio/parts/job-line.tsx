/** A job in a line: what it is at, how far, how fast, how long still; and a way to stop it. */
import { useState } from 'preact/hooks'
import type { Job, JobStage } from '../../src/server/api.ts'
import { client } from '../client.ts'
import { isOpen, noteJob } from '../events.ts'
import { failureOf } from '../failure.ts'
import { href } from '../route.ts'
import { brief, duration, grouped } from '../words.ts'
import { StateMark } from './state-mark.tsx'

export function rateWords({ rate, unit }: JobStage): string {
  if (!rate) return ''
  if (unit === 'bytes') return `${brief(rate / 1e6)} MB/s`
  return rate >= 1
    ? `${brief(Number(rate.toPrecision(3)))} a second`
    : `${brief(Number((1 / rate).toPrecision(3)))} s each`
}

export const Progress = ({ stage }: { stage: JobStage }) => (
  <div class="progress">
    <div class="progress-words">
      <span>
        {stage.of ? `${stage.of}: ` : ''}
        {stage.name}
        {stage.note && <span class="soft"> {stage.note}</span>}
      </span>
      <span class="soft">
        {stage.unit === 'bytes'
          ? `${brief(stage.done / 1e6)} of ${brief(stage.total / 1e6)} MB`
          : `${grouped(stage.done)} of ${grouped(stage.total)}`}
        {stage.rate ? ` · ${rateWords(stage)}` : ''}
        {stage.left !== undefined && stage.left > 0 ? ` · ${duration(stage.left)} left` : ''}
      </span>
    </div>
    <progress
      max={Math.max(1, stage.total)}
      value={stage.done}
      aria-label={`${stage.name}: ${stage.done} of ${stage.total}`}
    />
  </div>
)

export function JobActions({ job }: { job: Job }) {
  const [said, say] = useState('')
  const act = async (what: (id: string) => Promise<Job>) => {
    try {
      noteJob(await what(job.id))
      say('')
    } catch (error) {
      say(failureOf(error).what)
    }
  }
  return (
    <>
      {said && <span class="small bad-words">{said}</span>}
      {isOpen(job) && (
        <button type="button" class="button small" onClick={() => act(client.cancel)}>
          Stop
        </button>
      )}
      {(job.state === 'failed' || job.state === 'cancelled') && (
        <button type="button" class="button small" onClick={() => act(client.retry)}>
          Go on
        </button>
      )}
    </>
  )
}

export const JobLine = ({ job }: { job: Job }) => (
  <div class="job-line">
    <StateMark state={job.state} />
    <div class="job-stages">
      {job.stages.slice(0, 2).map(stage => (
        <Progress key={stage.id} stage={stage} />
      ))}
      {job.stages.length === 0 && (
        <span class="soft">
          {job.state === 'waiting' ? 'waits for the jobs before it' : (job.notes.at(-1) ?? 'begins')}
        </span>
      )}
    </div>
    <a class="button small" href={href('job', { job: job.id })}>
      Details
    </a>
    <JobActions job={job} />
  </div>
)
