/**
 * Lenses in the reader's own tab: a model and images from the disk, looked into on this machine. The network runs in a
 * worker on WebAssembly; nothing is sent anywhere.
 */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { client } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import { ReportParts } from '../../parts/report-parts.tsx'
import { Failed } from '../../parts/states.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { query } from '../../route.ts'
import { pathOfRun } from '../../studio.ts'
import { baseName, brief, counted, percent } from '../../words.ts'
import { download } from '../data/tags.tsx'
import { Camera } from './camera.tsx'
import { LiveMap } from './live-map.tsx'
import {
  chosen,
  exportModel,
  failure,
  forget,
  found,
  images,
  look,
  model,
  openRun,
  preview,
  takeFiles,
  takeImages,
  train,
  work,
} from './state.ts'

export function TabView() {
  const [isOver, setOver] = useState(false)
  const tab = query.value.get('tab') ?? 'cam'
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
      <header>
        <div class="view-title">
          <h1>In this tab</h1>
        </div>
        <p class="lead">
          Open a model and images from your disk, or train a small model on a few dozen images. Everything is
          computed in this tab; nothing leaves this machine.
        </p>
      </header>
      {failure.value && <Failed failure={failure.value} />}
      <div class="tab-room">
        <div class="tab-side">
          <ModelBox />
          <ImagesBox />
        </div>
        <div class="tab-main">
          <Tabs
            tabs={[
              { key: 'cam', title: 'Where it looks' },
              { key: 'dream', title: 'Dream' },
              { key: 'similarity', title: 'Two images' },
              { key: 'map', title: 'Map' },
              { key: 'train', title: 'A model in a minute' },
            ]}
          />
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

const FileButton = ({
  label,
  accept,
  primary,
  take = takeFiles,
}: {
  label: string
  accept: string
  primary?: boolean
  take?: (files: FileList) => Promise<void>
}) => (
  <label class={`button small${primary ? ' primary' : ''}`}>
    {label}
    <input
      type="file"
      class="unseen"
      multiple
      accept={accept}
      onChange={async event => {
        const input = event.currentTarget
        if (input.files?.length) await take(input.files)
        input.value = ''
      }}
    />
  </label>
)

function ModelBox() {
  const open = model.value
  const runs = useLoaded('runs for the tab', signal => client.runs(signal))
  const trained = (runs.value?.runs ?? []).filter(({ command, epochs }) => command === 'train' && epochs)
  return (
    <section class="box">
      <h2>Model</h2>
      {open ? (
        <>
          <p>
            <strong>{open.name}</strong>
          </p>
          <p class="soft small">
            {open.net === open.name ? '' : `${baseName(open.net)}, `}
            {open.classes ? counted(open.classes.length, 'class', 'classes') : 'an embedding'}, sees{' '}
            {open.size} × {open.size} pixels. WebAssembly, {counted(open.threads, 'thread')}.
          </p>
          {open.notes.map(note => (
            <p key={note} class="soft small">
              {note}
            </p>
          ))}
        </>
      ) : (
        <p class="soft small">
          An .onnx file, or weights as .safetensors or .pth. Drop it anywhere on this page.
        </p>
      )}
      <div class="box-actions">
        <FileButton
          label={open ? 'Another' : 'Open a file'}
          accept=".onnx,.safetensors,.pth,.pt"
          primary={!open}
        />
        {trained.length > 0 && (
          <select
            aria-label="take the model of a run"
            value=""
            onChange={event => {
              if (event.currentTarget.value) void openRun(pathOfRun(event.currentTarget.value))
            }}
          >
            <option value="">of a run …</option>
            {trained.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
        {open && (
          <button
            type="button"
            class="button small"
            onClick={async () => download('model.onnx', await exportModel())}
          >
            Save as ONNX
          </button>
        )}
      </div>
    </section>
  )
}

function ImagesBox() {
  const all = images.value
  const pick = (name: string) => {
    chosen.value = [name, ...chosen.value.filter(one => one !== name)].slice(0, 12)
  }
  return (
    <section class="box">
      <h2>Images {all.length > 0 && <span class="soft small">{all.length}</span>}</h2>
      {all.length === 0 && <p class="soft small">Drop some, or choose them. They stay on this machine.</p>}
      <div class="box-actions">
        <FileButton
          label={all.length ? 'More' : 'Choose images'}
          accept="image/*"
          primary={Boolean(model.value) && !all.length}
        />
      </div>
      <ul class="tab-images">
        {all.map(({ name, src, answers }) => (
          <li
            key={name}
            class={chosen.value[0] === name ? 'first' : chosen.value[1] === name ? 'second' : ''}
          >
            <button
              type="button"
              onClick={() => pick(name)}
              aria-pressed={chosen.value[0] === name}
              title={name}
            >
              <img src={src} alt={name} />
              <span class="clip">{answers?.[0] ? answers[0].class : name}</span>
              {answers?.[0] && <span class="soft">{percent(answers[0].probability)}</span>}
            </button>
            <button type="button" class="drop" aria-label={`put ${name} away`} onClick={() => forget(name)}>
              ×
            </button>
          </li>
        ))}
      </ul>
    </section>
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

const needs = (count: number): string | undefined => {
  if (!model.value) return 'Open a model first, or train one here.'
  if (images.value.length < count) return count > 1 ? 'Choose two images.' : 'Choose an image.'
  return undefined
}

function Runner({
  count = 1,
  label,
  start,
  children,
}: {
  count?: number
  label: string
  start: () => void
  children?: ComponentChildren
}) {
  const missing = needs(count)
  return (
    <form
      class="bar runner"
      onSubmit={event => {
        event.preventDefault()
        start()
      }}
    >
      {children}
      <button type="submit" class="button primary" disabled={Boolean(missing) || Boolean(work.value)}>
        {label}
      </button>
      {missing && <span class="soft small">{missing}</span>}
    </form>
  )
}

function Cam() {
  const [name, setName] = useState('')
  const classes = model.value?.classes
  const answers = images.value.find(({ name }) => name === chosen.value[0])?.answers
  return (
    <>
      <Runner label="Show where it looks" start={() => void look('cam', name ? { class: name } : {}, 12)}>
        {classes && (
          <label class="field-line">
            class{' '}
            <select value={name} onChange={event => setName(event.currentTarget.value)}>
              <option value="">the predicted one</option>
              {classes.map(one => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
        )}
      </Runner>
      {answers && answers.length > 0 && (
        <ol class="answers">
          {answers.map(({ class: one, probability }) => (
            <li key={one} style={{ '--share': `${100 * probability}%` }}>
              <span class="clip">{one}</span>
              <b>{percent(probability)}</b>
            </li>
          ))}
        </ol>
      )}
    </>
  )
}

function Dream() {
  const layers = model.value?.layers ?? []
  const [layer, setLayer] = useState('')
  const [steps, setSteps] = useState(10)
  const [octaves, setOctaves] = useState(3)
  const [channel, setChannel] = useState('')
  const preset = layers.includes('stage3') ? 'stage3' : layers[Math.floor(layers.length / 2)]
  const now = layers.includes(layer) ? layer : preset
  return (
    <>
      <Runner
        label="Dream"
        start={() =>
          void look('dream', {
            layer: [now],
            steps,
            octaves,
            ...(channel !== '' && { channel: Number(channel) }),
          })
        }
      >
        <label class="field-line">
          layer{' '}
          <select value={now} onChange={event => setLayer(event.currentTarget.value)}>
            {layers.map(one => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label class="field-line">
          channel{' '}
          <input
            type="number"
            min="0"
            class="few"
            placeholder="all"
            value={channel}
            onInput={event => setChannel(event.currentTarget.value)}
          />
        </label>
        <label class="field-line">
          octaves{' '}
          <input
            type="number"
            min="1"
            max="8"
            class="few"
            value={octaves}
            onInput={event => setOctaves(Number(event.currentTarget.value))}
          />
        </label>
        <label class="field-line">
          steps{' '}
          <input
            type="number"
            min="1"
            max="200"
            class="few"
            value={steps}
            onInput={event => setSteps(Number(event.currentTarget.value))}
          />
        </label>
      </Runner>
      {preview.value && <img class="dream-preview" src={preview.value} alt="the dream as far as it is" />}
    </>
  )
}

const Similarity = () => (
  <>
    <Runner count={2} label="Compare them" start={() => void look('similarity', {}, 2)} />
    <p class="soft small">
      The two images that were clicked last: {chosen.value.slice(0, 2).join(' and ') || 'none yet'}.
    </p>
  </>
)

function Found() {
  const result = found.value
  if (!result) return null
  const { title, drawing, seconds } = result
  const save = async () => {
    const { renderReport } = await import('../../../src/figures/report.ts')
    const html = renderReport({
      ...drawing.report,
      title,
      footer: `Made by Glasshouse in a browser’s tab, with ${model.value?.name ?? 'a model'}.`,
    })
    download(`${result.lens}.html`, new Blob([html], { type: 'text/html' }))
  }
  return (
    <>
      <div class="bar">
        <p class="soft small">
          {drawing.report.summary} Took {brief(Number(seconds.toPrecision(2)))} s.
        </p>
        <button type="button" class="button small" onClick={() => void save()}>
          Export HTML
        </button>
      </div>
      <ReportParts sections={drawing.report.sections} />
    </>
  )
}

function Minute() {
  const [label, setLabel] = useState('')
  const [epochs, setEpochs] = useState(30)
  const [accuracy, setAccuracy] = useState<number | undefined>()
  const labels = [...new Set(images.value.map(({ label }) => label).filter(Boolean))]
  const counts = labels.map(name => images.value.filter(one => one.label === name).length)
  const isReady = labels.length >= 2 && counts.every(count => count >= 2)
  const put = (name: string, to: string) => {
    images.value = images.value.map(image => (image.name === name ? { ...image, label: to } : image))
  }
  return (
    <div class="minute">
      <p class="soft">
        Give a class a name, then choose its images or take them with the camera; a dozen of each is enough to
        begin.
      </p>
      <div class="bar">
        <label class="field-line">
          class{' '}
          <input
            type="text"
            list="minute-classes"
            value={label}
            placeholder="such as oak"
            onInput={event => setLabel(event.currentTarget.value)}
          />
        </label>
        <datalist id="minute-classes">
          {labels.map(name => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <FileButton
          label={`Images of ${label || 'this class'}`}
          accept="image/*"
          take={files => takeFiles(files, label)}
        />
        <Camera label={label} take={takeImages} />
      </div>
      {labels.map((name, at) => (
        <section key={name} class="minute-class">
          <h3>
            {name} <span class="soft small">{counts[at]}</span>
          </h3>
          <div>
            {images.value
              .filter(one => one.label === name)
              .map(({ name: file, src }) => (
                <button
                  key={file}
                  type="button"
                  title={`take ${file} out of ${name}`}
                  onClick={() => put(file, '')}
                >
                  <img src={src} alt={file} />
                </button>
              ))}
          </div>
        </section>
      ))}
      <div class="bar">
        <label class="field-line">
          passes{' '}
          <input
            type="number"
            min="1"
            max="500"
            class="few"
            value={epochs}
            onInput={event => setEpochs(Number(event.currentTarget.value))}
          />
        </label>
        <button
          type="button"
          class="button primary"
          disabled={!isReady || Boolean(work.value)}
          onClick={async () => setAccuracy(await train(Math.max(1, epochs)))}
        >
          Train
        </button>
        {!isReady && <span class="soft small">Two classes with two images each are the least.</span>}
        {accuracy !== undefined && (
          <output>
            {percent(accuracy)} of these images are recognised. Every lens beside this tab now opens on this
            model; whether it knows others, images that it has not seen will tell.
          </output>
        )}
      </div>
    </div>
  )
}
