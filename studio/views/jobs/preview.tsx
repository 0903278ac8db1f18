/** What a job makes, as far as it is: an image that grows, a map that moves; and the film of what was seen of it. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Job, JobPreview } from '../../../src/server/api.ts'
import { client, floats, previewOf } from '../../client.ts'
import { Export } from '../../parts/export/export.tsx'
import { growthPage } from '../../parts/export/growth.ts'
import { createReel, filmOfImages, type Reel, smaller } from '../../parts/export/reel.ts'
import { stillOfImage } from '../../parts/export/still.ts'
import { counted } from '../../words.ts'

/** Of the previews that were watched last; they stay when one leaves the page of the job and comes back. */
const reels = new Map<string, Reel<string>>()
const mostReels = 8

function reelOf(job: string, name: string): Reel<string> {
  const key = `${job} ${name}`
  const reel = reels.get(key) ?? createReel<string>()
  reels.delete(key)
  reels.set(key, reel)
  for (const oldest of reels.keys()) {
    if (reels.size <= mostReels) break
    reels.delete(oldest)
  }
  return reel
}

/** Pixels of a frame's longer side. */
const longest = 800

/** As a JPEG of its own: the image on the page becomes the next one. */
const kept = (source: HTMLImageElement | HTMLCanvasElement, width: number, height: number): string =>
  smaller(source, width, height, longest, 0.92)

export function Preview({ job, preview }: { job: Job; preview: JobPreview }) {
  const { name, kind, version, width = 1, height = 1 } = preview
  const reel = reelOf(job.id, name)
  const [, setSeen] = useState(0)
  const keep = (frame: string) => {
    reel.add(frame)
    setSeen(seen => seen + 1)
  }
  const film = () => filmOfImages(reel.items())
  const title = `${name} of ${job.run}`
  const newest = reel.items().at(-1)
  return (
    <figure>
      {kind === 'image' ? (
        <img
          src={previewOf(job.id, name, version)}
          alt={`${name} as far as it is`}
          style={{ aspectRatio: `${width} / ${height}` }}
          onLoad={({ currentTarget: image }) => keep(kept(image, image.naturalWidth, image.naturalHeight))}
        />
      ) : (
        <PointsPreview job={job.id} preview={preview} keep={keep} />
      )}
      <figcaption class="small soft">
        {name}
        {preview.count !== undefined && `, ${counted(preview.count, 'point')}`}{' '}
        {newest !== undefined && (
          <Export
            small
            name={`${job.run}-${name}`}
            title={title}
            line={job.line}
            still={() => stillOfImage(newest, title, job.line)}
            {...(kind === 'image' && {
              files: [{ name: `${name}.png`, url: previewOf(job.id, name, version) }],
            })}
            page={() => growthPage(reel.items())}
            {...(reel.items().length > 1 && { films: [{ words: 'what you saw of it', film }] })}
          />
        )}
      </figcaption>
    </figure>
  )
}

function PointsPreview({
  job,
  preview: { name, version },
  keep,
}: {
  job: string
  preview: JobPreview
  keep: (frame: string) => void
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const wanted = useRef(version)
  wanted.current = version
  const isAsking = useRef(false)
  useEffect(() => {
    if (isAsking.current) return
    // The next state of the map is asked for when the one before has come, until the newest is drawn.
    const follow = async () => {
      isAsking.current = true
      for (let asked: number | undefined; canvas.current && asked !== wanted.current; ) {
        asked = wanted.current
        try {
          const { x, y } = await client.previewPoints(job, name, asked)
          if (!canvas.current) continue
          drawPoints(canvas.current, floats(x), floats(y))
          keep(kept(canvas.current, canvas.current.width, canvas.current.height))
        } catch {
          // What cannot be had stays as it was; a newer state may come.
        }
      }
      isAsking.current = false
    }
    void follow()
  }, [job, name, version])
  return (
    <canvas ref={canvas} width="640" height="640" role="img" aria-label={`the map ${name} as far as it is`} />
  )
}

function drawPoints(canvas: HTMLCanvasElement, x: Float32Array, y: Float32Array): void {
  const context = canvas.getContext('2d')
  if (!context) return
  const furthest = (column: Float32Array) =>
    column.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9)
  const reach = 1.05 * Math.max(furthest(x), furthest(y))
  const { width } = canvas
  context.clearRect(0, 0, width, width)
  context.fillStyle = getComputedStyle(canvas).color
  const size = x.length > 4000 ? 2 : 4
  for (let at = 0; at < x.length; at++)
    context.fillRect(
      ((x[at] / reach + 1) / 2) * width - size / 2,
      ((y[at] / reach + 1) / 2) * width - size / 2,
      size,
      size,
    )
}
