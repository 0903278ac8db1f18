/** A lens that was taken from the studio: the view of the tab, with engine, model and images in the file. */
import '../styles/tokens.css'
import '../styles/base.css'
import '../styles/parts.css'
import '../styles/views.css'
import { signal } from '@preact/signals'
import { render } from 'preact'
import { bytesOf } from '../../src/lenses/page/player/packed.ts'
import { answerFrom } from '../client.ts'
import { standAlone } from '../route.ts'
import { workersFrom } from '../tab/client.ts'
import { FileButton } from '../views/tab/file-button.tsx'
import { type LensFile, markOf, parts } from '../views/tab/lens-format.ts'
import {
  chosen,
  layOut,
  look,
  model,
  modelFile,
  openModel,
  takeFiles,
  takeImages,
} from '../views/tab/state.ts'
import { TabView } from '../views/tab/view.tsx'
import { TakenPage } from './taken.tsx'

const textOf = (id: string): string => document.getElementById(id)?.textContent ?? ''

// The file is written by views/tab/lens-file.ts of the same version.
const file: LensFile = JSON.parse(textOf(parts.lens))

standAlone(file.address)
answerFrom({ answers: { '/api/runs': { runs: [] } }, images: {} })

/** Whether the model is another than the one that the lens was taken with. */
const isOther = signal(false)

async function unpacked(id: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytesOf(textOf(id))]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/** What the studio showed. */
async function begin(): Promise<void> {
  isOther.value = markOf(await modelFile()) !== file.model.mark
  const taken = file.images.map(({ base64, type, ...image }) => {
    const bytes = bytesOf(base64)
    return { ...image, bytes, file: new Blob([bytes], { type }) }
  })
  if (taken.length) await takeImages(taken)
  chosen.value = file.chosen
  const { again } = file
  if ('lens' in again) await look(again.lens, again.options, again.most)
  else await layOut(again.perplexity)
}

async function openHeld(): Promise<void> {
  const [worker, wasm] = await Promise.all([unpacked(parts.worker), unpacked(parts.engine)])
  const program = URL.createObjectURL(new Blob([worker], { type: 'text/javascript' }))
  workersFrom(() => {
    const made = new Worker(program, { name: 'lenses' })
    made.postMessage({ id: 0, task: 'runtime', ask: { wasm } })
    return made
  })
  if (!file.model.isHeld) return
  const bytes = await unpacked(parts.model)
  await openModel(file.model.name, async () => bytes)
}

const ready = openHeld()
// Held, chosen or dropped: the first model that is open.
const stop = model.subscribe(opened => {
  if (!opened) return
  queueMicrotask(() => {
    stop()
    void begin()
  })
})

function Page() {
  const { title, line, made, images, ofImages, model: asked } = file
  const megabytes = `${(asked.bytes / 1e6).toFixed(0)} MB`
  return (
    <TakenPage
      {...{ title, line, made, ofImages }}
      held={images.length}
      more="It computes in this page: drop other images, or another model, and nothing leaves this machine."
    >
      {!model.value && !asked.isHeld && (
        <div class="card beside" role="status">
          <p>
            The model is too large for this page. It is the file <strong>{asked.name}</strong> ({megabytes}),
            saved beside it: a page from the disk may not open it by itself.
          </p>
          <FileButton
            primary
            label={`Choose ${asked.name}`}
            accept=".onnx,.safetensors,.pth,.pt"
            take={async files => {
              await ready
              await takeFiles(files)
            }}
          />
        </div>
      )}
      {isOther.value && (
        <p class="soft small">
          This is another model than {asked.name} ({megabytes}), with which the lens was taken.
        </p>
      )}
      <TabView />
    </TakenPage>
  )
}

render(<Page />, document.getElementById('app')!)
