/** A map of the images, as it is laid out: images that the network takes for alike come together. */
import { signal } from '@preact/signals'
import { useMemo, useState } from 'preact/hooks'
import { classPalette, cssColour } from '../../parts/dots/colours.ts'
import { boundsOf, type Camera, cameraOf } from '../../parts/dots/paint.ts'
import { DotPanel } from '../../parts/dots/panel.tsx'
import { NumberField } from '../../parts/number-field.tsx'
import { Runner } from './runner.tsx'
import { chosen, images, layOut, map } from './state.ts'

/** Fewer than this are no map. */
const fewest = 8

export function LiveMap() {
  const [perplexity, setPerplexity] = useState(10)
  const camera = useMemo(() => signal<Camera | undefined>(undefined), [])
  const hovered = useMemo(() => signal(-1), [])
  const palette = useMemo(classPalette, [])
  const now = map.value
  const bounds = useMemo(() => boundsOf(now ? [now] : []), [now])
  const shown = now?.names.map(name => images.value.find(one => one.name === name))
  const classes = [...new Set(shown?.map(one => one?.answers?.[0]?.class ?? one?.label ?? ''))]
  const colour = Uint8Array.from(
    shown ?? [],
    one => classes.indexOf(one?.answers?.[0]?.class ?? one?.label ?? '') % 30,
  )
  return (
    <>
      <Runner
        count={fewest}
        label="Lay out the map"
        start={() => {
          camera.value = undefined
          void layOut(perplexity)
        }}
      >
        <NumberField label="perplexity" min={2} max={100} value={perplexity} change={setPerplexity} />
      </Runner>
      {now && (
        <figure class="map-panel">
          <DotPanel
            label={`map of ${now.names.length} images`}
            dots={{ x: now.x, y: now.y, colour, palette }}
            camera={camera}
            whole={side => cameraOf(bounds, side)}
            hovered={hovered}
            isLasso={false}
            onLasso={() => {}}
            onPick={index => {
              if (index >= 0) chosen.value = [now.names[index]]
            }}
            thumb={index => shown?.[index]?.src ?? ''}
            colourOf={index => cssColour(palette[colour[index]])}
          />
        </figure>
      )}
    </>
  )
}
