/** A view of the studio as a file of its own: the same code, with what it shows in the file and no server behind it. */
import '../styles/tokens.css'
import '../styles/base.css'
import '../styles/parts.css'
import '../styles/views.css'
import { type ComponentType, render } from 'preact'
import type { RunDetail } from '../../src/server/api.ts'
import { answerFrom, client } from '../client.ts'
import { stopClock } from '../clock.ts'
import { jobs } from '../events.ts'
import { useLoaded } from '../loaded.ts'
import { framesAddress } from '../parts/export/growth.ts'
import type { Exported, ExportedView } from '../parts/export/page.ts'
import { Shown } from '../parts/states.tsx'
import { query, standAlone } from '../route.ts'
import { useRuns } from '../runs.ts'
import { studio } from '../studio.ts'
import { CompareView } from '../views/compare/view.tsx'
import { Gallery } from '../views/data/gallery.tsx'
import { JobItems } from '../views/jobs/view.tsx'
import { LensList } from '../views/lens/list.tsx'
import { Maps } from '../views/maps/view.tsx'
import { Images } from '../views/run/images.tsx'
import { useLiveLog } from '../views/run/live-log.ts'
import { Overview } from '../views/run/overview.tsx'
import { LensResults } from '../views/run/results.tsx'
import { Retrieval } from '../views/run/retrieval.tsx'
import { RunsTable } from '../views/runs/view.tsx'
import { Triplets } from '../views/triplets/view.tsx'
import { Growth } from './growth.tsx'
import { TakenPage } from './taken.tsx'

// The file is written by parts/export/page.ts of the same version.
const exported: Exported = JSON.parse(document.getElementById('exported')?.textContent ?? '{}')

standAlone(exported.address)
answerFrom({ answers: { '/api/runs': { runs: [] }, ...exported.answers }, images: exported.images })
stopClock(exported.made)
jobs.value = []
studio.value = {
  version: '',
  readOnly: true,
  folder: '',
  runs: 'runs',
  dataRoots: [],
  cores: 1,
  queue: { atOnce: 1 },
  limits: { upload: 0 },
}
document.addEventListener('click', event => {
  const link = event.target instanceof Element ? event.target.closest('a') : null
  // What the studio has beside this view is not in the file.
  if (link?.getAttribute('href')?.startsWith('/')) event.preventDefault()
})

const views: Readonly<Record<ExportedView, ComponentType<{ run: string }>>> = {
  compare: CompareView,
  runs: Runs,
  jobs: Jobs,
  lenses: LensList,
  looks: ({ run }: { run: string }) => (
    <OfDetail run={run}>{detail => <LensResults detail={detail} />}</OfDetail>
  ),
  data: OfData,
  growth: () => <Growth frames={exported.answers[framesAddress]} />,
  maps: ({ run }: { run: string }) => <Maps run={run} />,
  triplets: Theatre,
  curves: Curves,
  mistakes: Mistakes,
  retrieval: Neighbours,
}

function Page() {
  const { view, images, ...taken } = exported
  const View = views[view]
  return (
    <TakenPage {...taken} held={Object.keys(images).length}>
      <View run={query.value.get('run') ?? ''} />
    </TakenPage>
  )
}

function OfDetail({
  run,
  children,
}: {
  run: string
  children: (detail: RunDetail) => preact.ComponentChild
}) {
  const loaded = useLoaded(`run ${run}`, signal => client.run(run, signal))
  return (
    <Shown of={loaded} height={480}>
      {children}
    </Shown>
  )
}

function Theatre({ run }: { run: string }) {
  return (
    <OfDetail run={run}>
      {({ triplets }) => <Triplets run={run} splits={[...new Set(triplets.map(({ split }) => split))]} />}
    </OfDetail>
  )
}

function Curves({ run }: { run: string }) {
  const log = useLiveLog(run, true)
  return <OfDetail run={run}>{detail => <Overview detail={detail} log={log} />}</OfDetail>
}

function Mistakes({ run }: { run: string }) {
  return <OfDetail run={run}>{detail => <Images detail={detail} />}</OfDetail>
}

function Neighbours({ run }: { run: string }) {
  const { epochs } = useLiveLog(run, true)
  return <OfDetail run={run}>{detail => <Retrieval detail={detail} lines={epochs} />}</OfDetail>
}

function Runs() {
  return (
    <Shown of={useRuns()} height={480}>
      {({ runs }) => <RunsTable runs={runs} more={false} />}
    </Shown>
  )
}

function Jobs() {
  const loaded = useLoaded('jobs', client.jobs)
  return (
    <Shown of={loaded} height={300}>
      {({ jobs }) => <JobItems jobs={jobs} />}
    </Shown>
  )
}

function OfData() {
  const data = query.value.get('data') ?? ''
  const loaded = useLoaded(`data ${data}`, signal => client.data(data, signal))
  return (
    <Shown of={loaded} height={520}>
      {summary => <Gallery data={data} summary={summary} />}
    </Shown>
  )
}

render(<Page />, document.getElementById('app')!)
