/** The images of a data set, of a class, a split, a tag or with some words: a grid that scrolls, or near-duplicates in groups. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { DataSummary } from '../../../src/server/api.ts'
import { client, imageOf, isHeld, thumbOf } from '../../client.ts'
import { failureOf } from '../../failure.ts'
import { Export } from '../../parts/export/export.tsx'
import { mostImages } from '../../parts/export/most-images.ts'
import { stillOfImages } from '../../parts/export/still.ts'
import { ImageDialog } from '../../parts/image-dialog.tsx'
import { ImageGrid } from '../../parts/image-grid.tsx'
import { Empty, Failed } from '../../parts/states.tsx'
import { query, setQuery } from '../../route.ts'
import { baseName, counted, grouped } from '../../words.ts'
import { AboutImage } from './about-image.tsx'
import { NearDuplicates } from './duplicates.tsx'
import { pageOf } from './exported.ts'
import { Classes, Filters, sides } from './filters.tsx'
import { useImagePages } from './pages.ts'
import { TagBar } from './tags.tsx'

export function Gallery({ data, summary }: { data: string; summary: DataSummary }) {
  const ask = query.value
  const wanted = {
    data,
    class: ask.get('class') ?? undefined,
    split: ask.get('split') ?? undefined,
    tag: ask.get('tag') ?? undefined,
    search: ask.get('q') ?? undefined,
  }
  const pages = useImagePages(wanted)
  const size = ask.get('size')
  const side = size === 'small' || size === 'large' ? sides[size] : sides.medium
  const opened = ask.get('at') === null ? undefined : Number(ask.get('at'))
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set())
  const isTwins = ask.get('twins') === '1'
  const [last, setLast] = useState<number | undefined>()
  const [tags, setTags] = useState(summary.tags)
  const [failure, fail] = useState('')
  useEffect(() => {
    if (opened !== undefined) pages.want(opened, opened)
  }, [opened, pages.want])
  const image = opened === undefined ? undefined : pages.at(opened)
  const total = pages.total ?? 0
  // An exported page holds the first ones.
  const count = isHeld() ? Math.min(total, mostImages) : total
  const room = useRef<HTMLDivElement>(null)
  const title = [
    baseName(data),
    wanted.class,
    wanted.split,
    wanted.tag,
    wanted.search,
    isTwins && 'near-duplicates',
  ]
    .filter(Boolean)
    .join(', ')
  const line = `glasshouse studio --data ${data}`
  const pickRange = (index: number, isChosen: boolean, range: boolean) => {
    const next = new Set(chosen)
    const [from, to] =
      range && last !== undefined ? [Math.min(last, index), Math.max(last, index)] : [index, index]
    for (let at = from; at <= to; at++) {
      const image = pages.at(at)
      if (!image) continue
      if (isChosen) next.add(image.path)
      else next.delete(image.path)
    }
    setLast(index)
    choose(next)
  }
  const tag = async (name: string, isOn: boolean) => {
    try {
      const paths = [...chosen]
      const now = await client.tag({ data, tag: name, ...(isOn ? { add: paths } : { remove: paths }) })
      setTags(now.tags.map(({ name }) => name))
      fail('')
    } catch (error) {
      fail(failureOf(error).what)
    }
  }
  return (
    <div class={isHeld() ? undefined : 'browse'}>
      {!isHeld() && <Classes summary={summary} wanted={wanted} />}
      <div class="browse-main">
        {failure && <Failed failure={{ what: failure }} />}
        <div class="bar">
          {!isHeld() && (
            <Filters summary={summary} wanted={wanted} tags={tags} size={size} isTwins={isTwins} />
          )}
          <Export
            small
            name={`${baseName(data)}-images`}
            title={title}
            line={line}
            still={() => stillOfImages(room.current!, title, line)}
            page={() => pageOf(wanted, isTwins)}
          />
          <output class="soft small">
            {isHeld() && isTwins
              ? ''
              : count === summary.images
                ? counted(count, 'image')
                : `showing ${grouped(count)} of ${counted(summary.images, 'image')}`}
          </output>
        </div>
        <TagBar data={data} paths={[...chosen]} tags={tags} tag={tag} none={() => choose(new Set())} />
        {pages.failure && <Failed failure={pages.failure} />}
        <div ref={room}>
          {isTwins ? (
            <NearDuplicates data={data} choose={paths => choose(new Set([...chosen, ...paths]))} />
          ) : pages.total === 0 ? (
            <Empty title="No image fits">
              <p>
                <button
                  type="button"
                  class="link"
                  onClick={() =>
                    setQuery({ q: undefined, class: undefined, split: undefined, tag: undefined })
                  }
                >
                  Show all {counted(summary.images, 'image')}
                </button>
              </p>
            </Empty>
          ) : (
            <ImageGrid
              count={count}
              side={side}
              onRange={pages.want}
              chosen={chosen}
              choose={isHeld() ? undefined : pickRange}
              open={index => setQuery({ at: index }, { replace: false })}
              at={index => {
                const image = pages.at(index)
                return (
                  image && {
                    key: image.path,
                    src: thumbOf(data, image.path, side > 128 ? 256 : 128),
                    alt: `${baseName(image.path)}, ${image.label}`,
                    caption: image.label,
                  }
                )
              }}
            />
          )}
        </div>
        {summary.notes.length > 0 && (
          <ul class="notes">
            {summary.notes.map(note => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </div>
      {opened !== undefined && image && (
        <ImageDialog
          src={imageOf(data, image.path)}
          alt={baseName(image.path)}
          title={image.path}
          at={opened}
          of={total}
          go={to => setQuery({ at: to })}
          close={() => setQuery({ at: undefined })}
        >
          <AboutImage data={data} image={image} />
        </ImageDialog>
      )}
    </div>
  )
}
