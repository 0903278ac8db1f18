/** One training: how it goes or went, what it is made of, what it mistakes, and what the lenses found in it. */
import type { RunDetail } from '../../../src/server/api.ts'
import { client } from '../../client.ts'
import { jobs, openJobs, runsTurn } from '../../events.ts'
import { useLoaded, useReloadOn } from '../../loaded.ts'
import { CopyLink } from '../../parts/copy-link.tsx'
import { JobLine } from '../../parts/job-line.tsx'
import { StateMark } from '../../parts/state-mark.tsx'
import { Empty, Failed, Shown } from '../../parts/states.tsx'
import { openTab, Tabs } from '../../parts/tabs.tsx'
import { href, query } from '../../route.ts'
import { pathOfRun } from '../../studio.ts'
import { ago, baseName, brief, duration, percent } from '../../words.ts'
import { ResultView } from '../lens/view.tsx'
import { Triplets } from '../triplets/view.tsx'
import { Images } from './images.tsx'
import { type LiveLog, useLiveLog } from './live-log.ts'
import { Overview } from './overview.tsx'
import { Figures, LensResults } from './results.tsx'
import { Retrieval } from './retrieval.tsx'

export function RunView() {
  const run = query.value.get('run') ?? ''
  if (!run)
    return (
      <Empty title="No run is named">
        <p>
          <a href={href('runs')}>All runs</a>
        </p>
      </Empty>
    )
  return <RunPage key={run} run={run} />
}

function RunPage({ run }: { run: string }) {
  const job = jobs.value?.find(job => job.run === run)
  // Asked for again where the list of runs changed and where a job that has to do with it ended.
  const loaded = useLoaded(`run ${run}`, signal => client.run(run, signal))
  useReloadOn(`${runsTurn.value} ${job?.state}`, loaded.reload)
  const isTraining = loaded.value?.record !== undefined
  const log = useLiveLog(run, isTraining)
  return (
    <Shown of={loaded} height={560}>
      {detail => (detail.record ? <Training detail={detail} log={log} /> : <ResultView detail={detail} />)}
    </Shown>
  )
}

function Training({ detail, log }: { detail: RunDetail; log: LiveLog }) {
  const listed = log.changed?.listed ?? detail.listed
  const record = log.changed?.record ?? detail.record
  const { name } = listed
  const job = openJobs.value.find(job => job.run === name)
  const isClassifier = record?.head.kind === 'classes'
  const tabs = [
    { key: 'overview', title: 'Overview' },
    ...(isClassifier ? [{ key: 'images', title: 'Images and mistakes' }] : []),
    ...(detail.triplets.length ? [{ key: 'triplets', title: 'Triplets' }] : []),
    ...(detail.embeddings.length ? [{ key: 'retrieval', title: 'Retrieval' }] : []),
    { key: 'lenses', title: 'Lenses', count: detail.lenses.length },
    { key: 'files', title: 'Files', count: detail.files.length },
  ]
  const tab = openTab(tabs)
  const newest = log.epochs.at(-1)
  const seconds = detail.result?.seconds
  return (
    <>
      <header>
        <p class="crumbs">
          <a href={href('runs')}>Runs</a>
        </p>
        <div class="view-title">
          <h1>{name}</h1>
          <StateMark state={listed.state} />
          <div class="actions">
            <CopyLink />
            <a class="button" href={href('compare', { run: [name] })}>
              Compare…
            </a>
            <a class="button primary" href={href('start', { model: pathOfRun(name), lens: 1 })}>
              Look inside
            </a>
          </div>
        </div>
        <p class="lead">
          {[listed.objective, listed.net, listed.data && `on ${baseName(listed.data)}`, ago(listed.changed)]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </header>
      {job && <JobLine job={job} />}
      {listed.fault && <Failed failure={{ what: listed.fault }} />}
      <dl class="figures">
        <div>
          <dd>{listed.score === undefined ? '–' : percent(listed.score)}</dd>
          <dt>{listed.measure ?? 'score'}</dt>
        </div>
        <div>
          <dd>
            {brief(listed.epochs ?? 0)}
            <small> / {brief(listed.ofEpochs ?? 0)}</small>
          </dd>
          <dt>epochs</dt>
        </div>
        {record?.best && (
          <div>
            <dd>{record.best.epoch}</dd>
            <dt>best epoch</dt>
          </div>
        )}
        <div>
          <dd>{newest?.imagesPerSecond ? brief(Math.round(newest.imagesPerSecond)) : '–'}</dd>
          <dt>images a second</dt>
        </div>
        <div>
          <dd>{duration(seconds ?? log.epochs.reduce((sum, { seconds }) => sum + seconds, 0))}</dd>
          <dt>time</dt>
        </div>
      </dl>
      <Tabs tabs={tabs} />
      {tab === 'overview' && <Overview detail={{ ...detail, record }} log={log} />}
      {tab === 'images' && <Images detail={detail} />}
      {tab === 'triplets' && (
        <Triplets run={name} splits={[...new Set(detail.triplets.map(({ split }) => split))]} />
      )}
      {tab === 'retrieval' && <Retrieval detail={detail} lines={log.epochs} />}
      {tab === 'lenses' && <LensResults detail={detail} />}
      {tab === 'files' && <Figures detail={detail} />}
    </>
  )
}
