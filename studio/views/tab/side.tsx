/** What is open in the tab: the model and the images. */
import { isHeld } from '../../client.ts'
import { download } from '../../parts/download.ts'
import { Export } from '../../parts/export/export.tsx'
import { useRuns } from '../../runs.ts'
import { pathOfRun } from '../../studio.ts'
import { device } from '../../tab/client.ts'
import { baseName, counted, percent } from '../../words.ts'
import { FileButton } from './file-button.tsx'
import { deviceAsked } from './settings.ts'
import { changeDevice, chosen, exportModel, forget, images, model, openRun } from './state.ts'
import { vectorFiles } from './vector-files.ts'

export function ModelBox() {
  const open = model.value
  const runs = useRuns()
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
            {open.size} × {open.size} pixels.
          </p>
          <Device />
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
            onClick={async () => {
              const file = await exportModel()
              if (file) download('model.onnx', file)
            }}
          >
            Save as ONNX
          </button>
        )}
      </div>
    </section>
  )
}

/** What the networks of this tab run on, and why. */
function Device() {
  const { value, change } = deviceAsked()
  const about = device.value
  return (
    <>
      {about && (
        <p class="soft small device">
          {about.device === 'webgpu' ? 'WebGPU' : `WebAssembly, ${counted(about.threads, 'thread')}`}:{' '}
          {about.why}.
        </p>
      )}
      {'gpu' in navigator && !isHeld() && (
        <label class="field-line small">
          runs on{' '}
          <select
            value={value}
            onChange={event => {
              change(event.currentTarget.value)
              void changeDevice()
            }}
          >
            <option value="auto">what is faster</option>
            <option value="webgpu">WebGPU</option>
            <option value="cpu">WebAssembly</option>
          </select>
        </label>
      )}
    </>
  )
}

export function ImagesBox() {
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
        {model.value && all.length > 0 && (
          <Export
            small
            label="Export the vectors"
            name="vectors"
            title="Vectors of the images"
            line={`glasshouse embed ${model.value.name} IMAGES`}
            others={vectorFiles}
          />
        )}
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
