/** Layers are picked on the drawing of the network. */
import { useState } from 'preact/hooks'
import { LayerPicker, type Pickable } from './layer-picker.tsx'

export function LayerField({
  id,
  describedBy,
  about,
  chosen,
  several,
  preset,
  change,
}: {
  id: string
  /** of the element that says what the field is for */
  describedBy?: string
  about: Pickable
  chosen: readonly string[]
  several: boolean
  /** what holds where none is chosen */
  preset: string
  change: (layers: readonly string[]) => void
}) {
  const [isPicking, pick] = useState(false)
  return (
    <>
      <div class="layer-field">
        {chosen.map(layer => (
          <span key={layer} class="layer-chip">
            {layer}
            <button
              type="button"
              aria-label={`without ${layer}`}
              onClick={() => change(chosen.filter(one => one !== layer))}
            >
              ×
            </button>
          </span>
        ))}
        {chosen.length === 0 && <span class="soft small">{preset || 'the usual one'}</span>}
        <button
          type="button"
          id={id}
          class="button small"
          aria-label={`Choose ${several ? 'layers' : 'the layer'} on the drawing`}
          aria-describedby={describedBy}
          onClick={() => pick(true)}
        >
          On the drawing
        </button>
      </div>
      {isPicking && (
        <LayerPicker
          about={about}
          chosen={chosen}
          choose={layer => {
            const rest = chosen.filter(one => one !== layer)
            if (several) change(rest.length < chosen.length ? rest : [...chosen, layer])
            else {
              change([layer])
              pick(false)
            }
          }}
          close={() => pick(false)}
        />
      )}
    </>
  )
}
