/** Images of a data set that are nearly the same, group by group; those on both sides of a split come with a warning. */
import { useEffect, useState } from 'preact/hooks'
import type { DataImage, Duplicates } from '../../../src/server/api.ts'
import { client, isHeld, thumbOf } from '../../client.ts'
import { type Failure, failureOf } from '../../failure.ts'
import { ShowMore } from '../../parts/show-more.tsx'
import { Empty, Failed } from '../../parts/states.tsx'
import { query } from '../../route.ts'
import { baseName, counted, grouped } from '../../words.ts'

/** Milliseconds until it is asked again how far it is. */
const pause = 500
/** Groups at once. */
const atOnce = 60

function useDuplicates(data: string): { found?: Duplicates; failure?: Failure } {
  const [found, setFound] = useState<Duplicates | undefined>()
  const [failure, fail] = useState<Failure | undefined>()
  useEffect(() => {
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async () => {
      try {
        const next = await client.duplicates(data, abort.signal)
        setFound(next)
        if (next.fault) fail({ what: next.fault })
        else if (!next.groups) timer = setTimeout(ask, pause)
      } catch (error) {
        if (!abort.signal.aborted) fail(failureOf(error))
      }
    }
    void ask()
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [data])
  return { found, failure }
}

export function NearDuplicates({
  data,
  choose,
}: {
  data: string
  /** adds images to the chosen ones */
  choose: (paths: readonly string[]) => void
}) {
  const { found, failure } = useDuplicates(data)
  const most = Number(query.value.get('most')) || atOnce
  if (failure) return <Failed failure={failure} />
  const groups = found?.groups
  if (!found || !groups)
    return (
      <div class="progress" role="status">
        <div class="progress-words">
          <span>Looking for images that are nearly the same</span>
          <span class="soft">{found && `${grouped(found.done)} of ${counted(found.of, 'image')}`}</span>
        </div>
        <progress aria-label="images looked at" max={Math.max(1, found?.of ?? 1)} value={found?.done ?? 0} />
      </div>
    )
  if (groups.length === 0)
    return (
      <Empty title="No two images are nearly the same">
        <p>All {counted(found.of, 'image')} were compared, mirrored ones too.</p>
      </Empty>
    )
  const across = groups.filter(isAcross).length
  return (
    <>
      <div class="bar">
        {!isHeld() && (
          <button
            type="button"
            class="button small"
            onClick={() => choose(groups.flatMap(group => group.slice(1).map(({ path }) => path)))}
          >
            Choose all but one of each
          </button>
        )}
        <output class="soft small">
          {counted(groups.length + (found.left ?? 0), 'group')}
          {across > 0 && `, ${across} of them in more than one split`}
        </output>
      </div>
      <ul class="duplicates">
        {groups.slice(0, most).map(group => (
          <Group key={group[0].path} data={data} group={group} choose={choose} />
        ))}
      </ul>
      <ShowMore most={most} count={groups.length} all={counted(groups.length, 'group')} />
      <p class="soft small">
        Two images count as nearly the same when they look alike at the size of a thumbnail, also when one is
        the mirror image of the other. Details: at most 3 of 64 brightness comparisons of neighbouring places
        differ, and the thumbnails differ by a few grey levels.
      </p>
    </>
  )
}

const valuesOf = (group: readonly DataImage[], of: (image: DataImage) => string | undefined): string[] => [
  ...new Set(group.flatMap(image => of(image) ?? [])),
]
const isAcross = (group: readonly DataImage[]): boolean => valuesOf(group, ({ split }) => split).length > 1

const mostThumbs = 12

function Group({
  data,
  group,
  choose,
}: {
  data: string
  group: readonly DataImage[]
  choose: (paths: readonly string[]) => void
}) {
  const classes = valuesOf(group, ({ label }) => label)
  return (
    <li>
      <div class="duplicate-words small">
        <strong>{classes.join(', ')}</strong>
        <span class="soft">{counted(group.length, 'image')}</span>
        {isAcross(group) && (
          <span class="bad-words">in {valuesOf(group, ({ split }) => split).join(' and ')}</span>
        )}
        {classes.length > 1 && <span class="bad-words">of different classes</span>}
        {!isHeld() && (
          <button type="button" class="link" onClick={() => choose(group.slice(1).map(({ path }) => path))}>
            Choose all but the first
          </button>
        )}
      </div>
      <div class="duplicate-images">
        {group.slice(0, mostThumbs).map(({ path, label, split }) => (
          <figure key={path}>
            <img src={thumbOf(data, path)} alt={`${baseName(path)}, ${label}`} loading="lazy" />
            <figcaption class="clip soft" title={path}>
              {split ?? baseName(path)}
            </figcaption>
          </figure>
        ))}
        {group.length > mostThumbs && <span class="soft small">and {group.length - mostThumbs} more</span>}
      </div>
    </li>
  )
}
