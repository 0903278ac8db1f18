/** The lenses on the open model: what each asks for. */
import { mapMethods, methodTitles } from '../../../src/lenses/cam/methods.ts'
import { LayerField } from '../../parts/layer-field.tsx'
import { NumberField } from '../../parts/number-field.tsx'
import { percent } from '../../words.ts'
import { Runner } from './runner.tsx'
import { numberAsked, wordAsked } from './settings.ts'
import { chosen, images, look, model, preview } from './state.ts'

export function Cam() {
  const classes = model.value?.classes
  const { value: name, change: setName } = wordAsked('class', '', classes)
  const { value: method, change: setMethod } = wordAsked('method', mapMethods[0], mapMethods)
  const answers = images.value.find(({ name }) => name === chosen.value[0])?.answers
  return (
    <>
      <Runner
        label="Show where it looks"
        start={() => void look('cam', { method, ...(name && { class: name }) }, 12)}
      >
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
        <label class="field-line">
          method{' '}
          <select value={method} onChange={event => setMethod(event.currentTarget.value)}>
            {mapMethods.map(one => (
              <option key={one} value={one}>
                {methodTitles[one]}
              </option>
            ))}
          </select>
        </label>
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

export function Dream() {
  const about = model.value
  const layers = about?.layers.map(({ layer }) => layer) ?? []
  const { value: layer, change: setLayer } = wordAsked('layer', '')
  const { value: steps, change: setSteps } = numberAsked('steps', 10)
  const { value: octaves, change: setOctaves } = numberAsked('octaves', 3)
  const { value: strength, change: setStrength } = numberAsked('strength', 1.5)
  const { value: channel, change: setChannel } = wordAsked('channel', '')
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
            stepSize: strength,
            ...(channel !== '' && { channel: Number(channel) }),
          })
        }
      >
        {about && (
          <div class="field-line">
            layer{' '}
            <LayerField
              id="tab-layer"
              about={about}
              chosen={layers.includes(layer) ? [layer] : []}
              several={false}
              preset={preset}
              change={([picked]) => setLayer(picked ?? '')}
            />
          </div>
        )}
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
        <NumberField label="octaves" min={1} max={8} value={octaves} change={setOctaves} />
        <NumberField label="steps" min={1} max={200} value={steps} change={setSteps} />
        <NumberField label="strength" min={0.1} max={20} step={0.1} value={strength} change={setStrength} />
      </Runner>
      {preview.value && <img class="dream-preview" src={preview.value} alt="the dream as far as it is" />}
    </>
  )
}

export const Similarity = () => (
  <>
    <Runner count={2} label="Compare them" start={() => void look('similarity', {}, 2)} />
    <p class="soft small">
      The two images that were clicked last, at first the first two:{' '}
      {chosen.value.slice(0, 2).join(' and ') || 'none yet'}.
    </p>
  </>
)
