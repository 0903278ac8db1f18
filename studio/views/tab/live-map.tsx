/** A map of the images, drawn while it is computed: images that the network finds similar move together. */
import { signal } from '@preact/signals'
import { useMemo, useRef, useState } from 'preact/hooks'
import { cssColour } from '../../parts/dots/colours.ts'
import { boundsOf, type Camera, cameraOf } from '../../parts/dots/paint.ts'
import { DotPanel } from '../../parts/dots/panel.tsx'
import { Export } from '../../parts/export/export.tsx'
import { panelsScene } from '../../parts/export/panels.ts'
import { filmOfScenes } from '../../parts/export/reel.ts'
import { stillOfScene } from '../../parts/export/still.ts'
import { NumberField } from '../../parts/number-field.tsx'
import { byLabel, onlyNamed } from '../maps/colouring.ts'
import { legendOf } from '../maps/exported.ts'
import { Legend } from '../maps/legend.tsx'
import { lensPages } from './lens-pages.ts'
import { livePage, nameOf } from './live-page.ts'
import { Runner } from './runner.tsx'
import { numberAsked } from './settings.ts'
import { chosen, images, layOut, map, mapReel, model, type TabMap, work } from './state.ts'

/** Fewer than this are no map. */
const fewest = 8

export function LiveMap() {
  const { value: perplexity, change: setPerplexity } = numberAsked('perplexity', 10)
  const camera = useMemo(() => signal<Camera | undefined>(undefined), [])
  const hovered = useMemo(() => signal(-1), [])
  const now = map.value
  const bounds = useMemo(() => boundsOf(now ? [now] : []), [now])
  const all = images.value
  const shown = useMemo(() => {
    const known = new Map(all.map(image => [image.name, image]))
    return now?.names.map(name => known.get(name)) ?? []
  }, [all, now])
  const colouring = useMemo(() => byLabel(shown.map(nameOf)), [shown])
  const [only, setOnly] = useState<string | undefined>()
  const marked = only === undefined ? undefined : onlyNamed(colouring, only)
  const { colour, palette, names = [] } = colouring
  const room = useRef<HTMLElement>(null)
  const colourOf = (index: number) => cssColour(palette[colour[index]])
  const thumb = (index: number) => shown[index]?.src ?? ''
  const line = `glasshouse embed ${model.value?.name ?? 'MODEL'} IMAGES --out embedded ; glasshouse tsne embedded/vectors.arrow --perplexity ${perplexity}`
  const sceneOf = (places: TabMap) =>
    panelsScene({
      title: `Map of ${places.names.length} images`,
      panels: [{ title: model.value?.name ?? '', dots: { ...places, colour, palette, chosen: marked } }],
      ...(camera.peek() && { camera: camera.peek() }),
      seenSide: room.current?.querySelector('.dots')?.clientWidth ?? 560,
      // In a film the plane stays as it is while the dots move.
      whole: side => cameraOf(bounds, side),
      colourOf,
      thumb,
      legend: legendOf(colouring),
      line,
    })
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
        <figure class="map-panel" ref={room}>
          {!work.value && (
            <div class="bar">
              <Export
                small
                name="map"
                title="Map of the images"
                line={line}
                still={() => stillOfScene(sceneOf(now))}
                page={() => livePage(now, shown)}
                others={lensPages({ title: 'Map of the images', line, again: { perplexity } })}
                films={[{ words: 'as it moved', film: () => filmOfScenes(mapReel.items(), sceneOf) }]}
              />
            </div>
          )}
          <DotPanel
            label={`map of ${now.names.length} images`}
            dots={{ x: now.x, y: now.y, colour, palette, chosen: marked }}
            camera={camera}
            whole={side => cameraOf(bounds, side)}
            hovered={hovered}
            isLasso={false}
            onLasso={() => {}}
            onPick={index => {
              if (index >= 0) chosen.value = [now.names[index]]
            }}
            thumb={thumb}
            colourOf={colourOf}
          />
          {names.length > 1 && <Legend colouring={colouring} only={only} choose={setOnly} />}
        </figure>
      )}
    </>
  )
}
