/**
 * Lenses in the reader's own tab: a model and images from the disk, looked into on this machine. The network runs in a
 * worker on WebAssembly; nothing is sent anywhere.
 */
import { useState } from 'preact/hooks'
import { isHeld } from '../../client.ts'
import { Export } from '../../parts/export/export.tsx'
import { filmOfImages } from '../../parts/export/reel.ts'
import { stillOfSvg } from '../../parts/export/still.ts'
import { ReportParts } from '../../parts/report-parts.tsx'
import { Failed } from '../../parts/states.tsx'
import { openTab, Tabs } from '../../parts/tabs.tsx'
import { brief } from '../../words.ts'
import { lensPages } from './lens-pages.ts'
import { Cam, Dream, Similarity } from './lenses.tsx'
import { LiveMap } from './live-map.tsx'
import { Minute } from './minute.tsx'
import { ImagesBox, ModelBox } from './side.tsx'
import { failure, found, model, takeFiles, work } from './state.ts'

const lenses = [
  { key: 'cam', title: 'Where it looks' },
  { key: 'dream', title: 'Dream' },
  { key: 'similarity', title: 'Two images' },
  { key: 'map', title: 'Map' },
  { key: 'train', title: 'A model in a minute' },
]

export function TabView() {
  const [isOver, setOver] = useState(false)
  const tab = openTab(lenses)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files are dropped here; the buttons do the same
    <div
      class={`tab-view${isOver ? ' over' : ''}`}
      onDragOver={event => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={event => {
        event.preventDefault()
        setOver(false)
        if (event.dataTransfer) void takeFiles(event.dataTransfer.files)
      }}
    >
      {!isHeld() && (
        <header>
          <div class="view-title">
            <h1>In this tab</h1>
          </div>
          <p class="lead">
            Open a model and images from your disk, or train a small model on a few dozen images. Everything
            is computed in this tab; models and images do not leave this machine.
          </p>
        </header>
      )}
      {failure.value && <Failed failure={failure.value} />}
      <div class="tab-room">
        <div class="tab-side">
          <ModelBox />
          <ImagesBox />
        </div>
        <div class="tab-main">
          <Tabs tabs={lenses} />
          <UnderWay />
          {tab === 'cam' && <Cam />}
          {tab === 'dream' && <Dream />}
          {tab === 'similarity' && <Similarity />}
          {tab === 'map' && <LiveMap />}
          {tab === 'train' && <Minute />}
          {tab !== 'map' && tab !== 'train' && found.value?.lens === tab && <Found />}
        </div>
      </div>
    </div>
  )
}

function UnderWay() {
  const now = work.value
  return (
    <div class="under-way" aria-live="polite">
      {now && (
        <>
          <div class="progress">
            <div class="progress-words">
              <span>
                {now.stage?.name ?? now.title} <span class="soft">{now.stage?.note}</span>
              </span>
              <span class="soft">{now.stage && `${brief(now.stage.done)} of ${brief(now.stage.total)}`}</span>
            </div>
            <progress
              {...(now.stage && { max: Math.max(1, now.stage.total), value: now.stage.done })}
              aria-label={now.title}
            />
          </div>
          <button type="button" class="button small" onClick={now.stop}>
            Stop
          </button>
        </>
      )}
    </div>
  )
}

function Found() {
  const result = found.value
  if (!result) return null
  const { lens, title, drawing, seconds, line, grown, again } = result
  const svg = Object.values(drawing.pictures).find(picture => typeof picture === 'string')
  const page = async () => {
    const { renderReport } = await import('../../../src/figures/report.ts')
    const html = renderReport({
      ...drawing.report,
      title,
      footer: `Made by Glasshouse in a browser’s tab, with ${model.value?.name ?? 'a model'}.`,
    })
    return new Blob([html], { type: 'text/html' })
  }
  return (
    <>
      <div class="bar">
        <p class="soft small">
          {drawing.report.summary} Took {brief(Number(seconds.toPrecision(2)))} s.
        </p>
        <Export
          small
          name={lens}
          title={title}
          line={line}
          {...(svg !== undefined && { still: () => stillOfSvg(svg) })}
          page={page}
          others={lensPages({ title, line, again })}
          {...(grown.length > 1 && {
            films: [{ words: 'as it grew', film: () => filmOfImages(grown) }],
          })}
        />
      </div>
      <ReportParts lens={lens} sections={drawing.report.sections} />
    </>
  )
}
