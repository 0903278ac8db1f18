/** A model in a minute: a small network trained in the tab on a few dozen images. */
import { useState } from 'preact/hooks'
import { NumberField } from '../../parts/number-field.tsx'
import { percent } from '../../words.ts'
import { Camera } from './camera.tsx'
import { FileButton } from './file-button.tsx'
import { numberAsked } from './settings.ts'
import { classes, images, takeFiles, takeImages, train, work } from './state.ts'

export function Minute() {
  const [label, setLabel] = useState('')
  const { value: epochs, change: setEpochs } = numberAsked('passes', 30)
  const [accuracy, setAccuracy] = useState<number | undefined>()
  const named = [...classes.value]
  const isReady = named.length >= 2 && named.every(([, { length }]) => length >= 2)
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
          {named.map(([name]) => (
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
      {named.map(([name, own]) => (
        <section key={name} class="minute-class">
          <h3>
            {name} <span class="soft small">{own.length}</span>
          </h3>
          <div>
            {own.map(({ name: file, src }) => (
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
        <NumberField label="passes" min={1} max={500} value={epochs} change={setEpochs} />
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
