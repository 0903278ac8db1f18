/**
 * Why a network says what it says of an image: class activation maps of the class that it predicted and of the true one,
 * started from here and shown here. What was looked at once is found again.
 */
import { useMemo, useState } from 'preact/hooks'
import type { Asked, Job } from '../../../src/server/api.ts'
import { client } from '../../client.ts'
import { isOpen, jobs, noteJob } from '../../events.ts'
import { type Failure, failureOf } from '../../failure.ts'
import { useLoaded } from '../../loaded.ts'
import { CopyLink } from '../../parts/copy-link.tsx'
import { Progress } from '../../parts/job-line.tsx'
import { Failed, Shown } from '../../parts/states.tsx'
import { href } from '../../route.ts'

const sameAsked = (job: Job, asked: Asked): boolean =>
  job.asked.command === asked.command &&
  JSON.stringify(job.asked.inputs) === JSON.stringify(asked.inputs) &&
  JSON.stringify(job.asked.options) === JSON.stringify(asked.options)

export function Why({ model, image, classes }: { model: string; image: string; classes: readonly string[] }) {
  const asked = useMemo<Asked>(
    () => ({
      command: 'cam',
      inputs: { model, pictures: [image] },
      options: { class: classes.join(',') },
    }),
    [model, image, classes.join()],
  )
  const job = jobs.value?.find(job => job.state !== 'cancelled' && sameAsked(job, asked))
  const [failure, fail] = useState<Failure | undefined>()
  const [isStarting, setStarting] = useState(false)
  const start = async () => {
    setStarting(true)
    fail(undefined)
    try {
      noteJob(await client.start(asked))
    } catch (error) {
      fail(failureOf(error))
    }
    setStarting(false)
  }
  return (
    <div class="why">
      <div class="why-head">
        <h3>Where did it look?</h3>
        <CopyLink small />
      </div>
      {failure && <Failed failure={failure} retry={start} />}
      {!job && !failure && (
        <>
          <p class="soft small">
            A class activation map paints the places that speak for {classes.join(' and for ')}.
          </p>
          <button type="button" class="button primary" onClick={start} disabled={isStarting}>
            Show the class activation map
          </button>
        </>
      )}
      {job?.state === 'failed' && (
        <Failed failure={{ what: job.error?.message ?? 'It failed.' }} retry={start} />
      )}
      {job && isOpen(job) && (
        <div role="status">
          {job.stages.slice(0, 1).map(stage => (
            <Progress key={stage.id} stage={stage} />
          ))}
          {job.stages.length === 0 && (
            <p class="soft small">
              {job.state === 'waiting' ? 'It waits for the jobs before it.' : 'It opens the network …'}
            </p>
          )}
        </div>
      )}
      {job?.state === 'finished' && <WhyResult job={job} classes={classes} />}
    </div>
  )
}

/** An overview of all maps, which the lens leaves beside them. */
const sheet = 'sheet.png'

function WhyResult({ job, classes }: { job: Job; classes: readonly string[] }) {
  const loaded = useLoaded(`run ${job.run}`, signal => client.run(job.run, signal))
  return (
    <Shown of={loaded} height={180}>
      {({ files, listed, result }) => {
        // The maps are listed in the order of the classes; the names of their files are not those of the classes.
        const maps = (result?.files ?? []).filter(name => name.endsWith('.png') && name !== sheet)
        const images = classes.flatMap((says, at) => {
          const file = files.find(({ name }) => name === maps[at])
          return file ? [{ ...file, says: `what speaks for ${says}` }] : []
        })
        return (
          <>
            {images.map(({ name, url, says }) => (
              <figure key={name}>
                <img class="why-image" src={url} alt={`class activation map: ${says}`} />
                <figcaption class="soft small">{says}</figcaption>
              </figure>
            ))}
            <p class="small">
              <a href={href('run', { run: listed.name })}>The whole result</a>
            </p>
          </>
        )
      }}
    </Shown>
  )
}
