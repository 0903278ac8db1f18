/** The images of a data set: by class, split, tag and words; any number of them. */

import { useEffect, useMemo, useState } from 'preact/hooks'
import type { DataSummary } from '../../../src/server/api.ts'
import { client, imageOf, thumbOf } from '../../client.ts'
import { failureOf } from '../../failure.ts'
import { groupBy } from '../../group.ts'
import { useLoaded } from '../../loaded.ts'
import { Chips } from '../../parts/chips.tsx'
import { CopyLink } from '../../parts/copy-link.tsx'
import { FilePicker } from '../../parts/file-picker.tsx'
import { ImageDialog } from '../../parts/image-dialog.tsx'
import { ImageGrid } from '../../parts/image-grid.tsx'
import { Empty, Failed, Shown } from '../../parts/states.tsx'
import { href, query, setQuery } from '../../route.ts'
import { useRuns } from '../../runs.ts'
import { baseName, counted } from '../../words.ts'
import { AboutImage } from './about-image.tsx'
import { NearDuplicates } from './duplicates.tsx'
import { useImagePages } from './pages.ts'
import { TagBar } from './tags.tsx'

export function DataFolders() {
  const data = query.value.get('data')
  return data ? <Browse key={data} data={data} /> : <ChooseData />
}

function ChooseData() {
  const [isPicking, pick] = useState(false)
  const loaded = useRuns()
  return (
    <>
      <header>
        <div class="view-title">
          <h1>Data</h1>
          <div class="actions">
            <button type="button" class="button primary" onClick={() => pick(true)}>
              Open a folder
            </button>
          </div>
        </div>
        <p class="lead">Folders with one sub-folder for each class, or a list of images and labels.</p>
      </header>
      <Shown of={loaded} height={300}>
        {({ runs }) => {
          const known = [
            ...groupBy(
              runs.filter(({ data }) => data),
              ({ data }) => data ?? '',
            ),
          ]
          return known.length ? (
            <ul class="cards plain-cards">
              {known.map(([data, users]) => (
                <li key={data}>
                  <a href={href('data', { data })}>
                    <strong>{baseName(data)}</strong>
                    <span class="soft small clip" title={data}>
                      {data}
                    </span>
                    <span class="soft small">{counted(users.length, 'run')}</span>
                  </a>
                </li>
              ))}
            </ul>
          ) : (
            <Empty title="No data has been used yet">
              <p>
                Open a folder of images, or{' '}
                <a href={href('start', { command: 'data seedlings' })}>draw the seedlings</a>.
              </p>
            </Empty>
          )
        }}
      </Shown>
      {isPicking && (
        <FilePicker
          kinds={['folder', 'list']}
          choose={data => {
            pick(false)
            setQuery({ data }, { replace: false })
          }}
          close={() => pick(false)}
        />
      )}
    </>
  )
}

function Browse({ data }: { data: string }) {
  const loaded = useLoaded(`data ${data}`, signal => client.data(data, signal))
  return (
    <>
      <header>
        <p class="crumbs">
          <a href={href('data')}>Data</a>
        </p>
        <div class="view-title">
          <h1>{baseName(data)}</h1>
          <div class="actions">
            <CopyLink />
            <a class="button primary" href={href('start', { command: 'train', 'in.data': data })}>
              Train on it
            </a>
          </div>
        </div>
        <p class="lead clip" title={data}>
          {data}
        </p>
      </header>
      <Shown of={loaded} height={520}>
        {summary => <Gallery data={data} summary={summary} />}
      </Shown>
    </>
  )
}

const sides = { small: 84, medium: 128, large: 220 } as const

function Gallery({ data, summary }: { data: string; summary: DataSummary }) {
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
  const most = useMemo(() => Math.max(1, ...summary.classes.map(({ images }) => images)), [summary])
  const total = pages.total ?? 0
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
    <div class="browse">
      <nav class="classes" aria-label="Classes">
        <button
          type="button"
          aria-pressed={!wanted.class}
          onClick={() => setQuery({ class: undefined, at: undefined })}
        >
          <span>all classes</span>
          <b>{summary.images.toLocaleString('en')}</b>
        </button>
        {summary.classes.map(({ name, images, splits }) => {
          const count = wanted.split ? ((splits as Record<string, number>)[wanted.split] ?? 0) : images
          return (
            <button
              key={name}
              type="button"
              aria-pressed={wanted.class === name}
              onClick={() => setQuery({ class: wanted.class === name ? undefined : name, at: undefined })}
              style={{ '--share': `${(100 * count) / most}%` }}
            >
              <span class="clip" title={name}>
                {name}
              </span>
              <b>{count.toLocaleString('en')}</b>
            </button>
          )
        })}
      </nav>
      <div class="browse-main">
        {failure && <Failed failure={{ what: failure }} />}
        <div class="bar">
          <label class="field-search">
            <span class="unseen">Search by path or class</span>
            <input
              type="search"
              placeholder="search by path or class"
              data-key="/"
              value={wanted.search ?? ''}
              onInput={event => setQuery({ q: event.currentTarget.value, at: undefined })}
            />
          </label>
          <select
            class="class-select"
            aria-label="class"
            value={wanted.class ?? ''}
            onChange={event => setQuery({ class: event.currentTarget.value, at: undefined })}
          >
            <option value="">all classes</option>
            {summary.classes.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          {summary.splits.length > 1 && (
            <Chips
              label="Split"
              value={wanted.split}
              chips={summary.splits.map(name => ({ key: name as string, title: name }))}
              change={name => setQuery({ split: wanted.split === name ? undefined : name, at: undefined })}
            />
          )}
          {tags.length > 0 && (
            <Chips
              label="Tag"
              value={wanted.tag}
              chips={tags.map(name => ({ key: name, title: `# ${name}` }))}
              change={name => setQuery({ tag: wanted.tag === name ? undefined : name, at: undefined })}
            />
          )}
          <Chips
            label="Size"
            value={size ?? 'medium'}
            chips={Object.keys(sides).map(name => ({ key: name, title: name }))}
            change={name => setQuery({ size: name === 'medium' ? undefined : name })}
          />
          <button
            type="button"
            class="button small"
            aria-pressed={isTwins}
            onClick={() =>
              setQuery({ twins: isTwins ? undefined : 1, at: undefined, most: undefined }, { replace: false })
            }
          >
            Near-duplicates
          </button>
          <output class="soft small">
            {total === summary.images
              ? counted(total, 'image')
              : `showing ${total.toLocaleString('en')} of ${counted(summary.images, 'image')}`}
          </output>
        </div>
        <TagBar data={data} paths={[...chosen]} tags={tags} tag={tag} none={() => choose(new Set())} />
        {pages.failure && <Failed failure={pages.failure} />}
        {isTwins ? (
          <NearDuplicates data={data} choose={paths => choose(new Set([...chosen, ...paths]))} />
        ) : pages.total === 0 ? (
          <Empty title="No image fits">
            <p>
              <button
                type="button"
                class="link"
                onClick={() => setQuery({ q: undefined, class: undefined, split: undefined, tag: undefined })}
              >
                Show all {counted(summary.images, 'image')}
              </button>
            </p>
          </Empty>
        ) : (
          <ImageGrid
            count={total}
            side={side}
            onRange={pages.want}
            chosen={chosen}
            choose={pickRange}
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
